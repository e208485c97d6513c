"""Two or three CRMs that exist only here, people who edit in them between any two calls, and the production engine.

    python -m crmbridge.testing.world --seeds 300 --steps 200
    python -m crmbridge.testing.world --seed 17            one seed again, with a trace
    python -m crmbridge.testing.world --mutants            planted bugs: each must be caught

One number decides everything that happens: how the CRMs differ, who edits what and when, which calls fail and how, and
where the process is killed. Afterwards faults and edits stop, the engine goes on as it is, and a checker that sees only
what people did, what the CRMs hold in the end, and the log of conflicts, looks for promises that were broken.

The engine is the one that ships: `run_sync` and `sync.twoway.rounds` over a ledger in a SQLite file. Two things differ:
a page is committed on the thread that read it (otherwise a seed would not give the same twice), and the disk is not
waited for.
"""
