"""Writes what starts `crmbridge tick` on each kind of machine: systemd units, crontab lines, a Kubernetes CronJob."""
