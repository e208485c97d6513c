"""What Prometheus is told: one list of metrics, one function that reads them out of the ledger, one way to write them.

    families    which there are: name, type, help, labels
    collecting  ledger -> samples
    exposition  samples -> text
    textfile    that text in a file, for node_exporter

No label holds a record, a person or a secret: connections, objects, pairs, jobs and closed sets of words.
"""
