"""Who is told what, by which channel and when: digests to reps, packs to managers, alerts to operators."""
