"""Many workers: the jobs of one or many workspaces, handed out through PostgreSQL by Procrastinate.

What is due, who is at work and what is done stands in the ledger of each workspace, as for `crmbridge tick`. The queue
only says who may begin next; whatever is lost of it is filled in again from the ledgers.

    tenants -> feeding -> queue -> working -> performing.perform
"""
