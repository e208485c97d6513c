"""A CronJob of Kubernetes that runs one tick: no rights, a read-only system, and no second pod beside the first.

A pod that ended by itself is never started again: what can be tried again is tried by the next tick, and what a person
must look at stays as it is. Only a pod that was taken away is.
"""

import json
import textwrap

from crmbridge.app.jobs.emitting.place import Place

_WORKSPACE = "/workspace"


def manifest(place: Place, image: str | None = None) -> str:
    """The YAML of the CronJob."""
    return _filled(place, image, "tick", "--quiet", "--log", "json", "--ok", "1", "--ok", "75")


def worker(place: Place, image: str | None = None) -> str:
    """The YAML of a Deployment of workers: the pod of the CronJob, which goes on."""
    pod = _filled(place, image, "worker", "--log", "json").partition(_POD)[2]
    instance = f"app.kubernetes.io/instance: {place.unit}"
    pod = pod.replace(instance, f"{instance}-worker").replace("restartPolicy: Never", "restartPolicy: Always")
    made = _DEPLOYMENT.format(unit=place.unit, version=place.version, how=_how(place))
    return made + textwrap.indent(textwrap.dedent(pod), "    ")


def _filled(place: Place, image: str | None, *command: str) -> str:
    words = ["crmbridge", *command, "--workspace", _WORKSPACE]
    minute = "0" if place.every == 60 else f"*/{place.every}"  # noqa: PLR2004
    return _CRON_JOB.format(
        unit=place.unit,
        version=place.version,
        minute=minute,
        seconds=place.minutes * 60,
        image=json.dumps(image or f"crmbridge:{place.version}"),
        command=", ".join(map(json.dumps, words)),
        mounts=_HANDED_AT if place.secrets else "",
        volumes=_secret_volume(place) if place.secrets else "",
        how=_how(place),
    )


def _secret_volume(place: Place) -> str:
    items = "".join(
        f"                  - {{key: {json.dumps(name)}, path: {json.dumps(name)}}}\n" for name in place.secrets
    )
    return _HANDED.format(unit=place.unit, items=items)


def _how(place: Place) -> str:
    """What must be there before, as remarks."""
    told = [f"a PersistentVolumeClaim {place.unit} that holds the workspace"]
    if place.secrets:
        told.append(f"a Secret {place.unit} with the keys {', '.join(place.secrets)}")
    return "".join(f"# It needs {one}.\n" for one in told)


_HANDED_AT = "                - {name: secrets, mountPath: /run/secrets, readOnly: true}\n"
_HANDED = """\
            - name: secrets
              secret:
                secretName: {unit}
                defaultMode: 0440
                items:
{items}"""
_POD = "      template:\n"
_DEPLOYMENT = """\
# Written by crmbridge {version}: crmbridge schedule emit --k8s --worker
{how}# More than one node may write that volume. The ledger, and the queue beside it, are in PostgreSQL.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {unit}-worker
  labels: {{app.kubernetes.io/name: crmbridge, app.kubernetes.io/instance: {unit}-worker}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/instance: {unit}-worker}}
  template:
"""
_CRON_JOB = """\
# Written by crmbridge {version}: crmbridge schedule emit --k8s
{how}apiVersion: batch/v1
kind: CronJob
metadata:
  name: {unit}
  labels: {{app.kubernetes.io/name: crmbridge, app.kubernetes.io/instance: {unit}}}
spec:
  # How often it looks; when a job comes due stands in crmbridge.toml, in the zone of the workspace.
  schedule: "{minute} * * * *"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 240
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 5
  jobTemplate:
    spec:
      activeDeadlineSeconds: {seconds}
      backoffLimit: 2
      podFailurePolicy:
        rules:
          # A node that is drained is nobody's failure: the job goes on elsewhere.
          - action: Ignore
            onPodConditions:
              - {{type: DisruptionTarget, status: "True"}}
          # A person must look (3), log in (4) or edit the configuration (78): the same again changes nothing.
          - action: FailJob
            onExitCodes: {{containerName: crmbridge, operator: In, values: [3, 4, 78]}}
          # The next tick tries again by itself: another pod would find nothing due and hide the failure.
          - action: FailJob
            onExitCodes: {{containerName: crmbridge, operator: In, values: [2, 5, 6, 70]}}
      template:
        metadata:
          labels: {{app.kubernetes.io/name: crmbridge, app.kubernetes.io/instance: {unit}}}
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          enableServiceLinks: false
          terminationGracePeriodSeconds: 120
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            seccompProfile: {{type: RuntimeDefault}}
          containers:
            - name: crmbridge
              image: {image}
              command: [{command}]
              env:
                - {{name: HOME, value: /tmp}}
              securityContext:
                allowPrivilegeEscalation: false
                privileged: false
                readOnlyRootFilesystem: true
                capabilities: {{drop: [ALL]}}
              resources:
                requests: {{cpu: 250m, memory: 512Mi}}
                limits: {{memory: 2Gi}}
              volumeMounts:
                - {{name: workspace, mountPath: /workspace}}
                - {{name: tmp, mountPath: /tmp}}
{mounts}          volumes:
            - name: workspace
              persistentVolumeClaim: {{claimName: {unit}}}
            - name: tmp
              emptyDir: {{}}
{volumes}"""
