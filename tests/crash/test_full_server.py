"""A server whose disk is full or fails now and then ends a run with a word for it; nothing is lost."""

import random

import psycopg
import pytest
from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.conftest import MakeStores
from tests.crash.forking import Forked
from tests.crash.stories import Start, a_round, begin, in_step

pytestmark = [pytest.mark.postgres, pytest.mark.file_ledger, pytest.mark.wide]
ROUNDS = 40
FULL, FAILED = "53100", "58030"
FAILING = """
    CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF random() < 0.01 THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{state}'; END IF;
        RETURN NULL;
    END $$;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'acme' LOOP
            EXECUTE format('CREATE TRIGGER fails AFTER INSERT OR UPDATE ON %I EXECUTE FUNCTION fails()', name);
        END LOOP;
    END $$
"""


def told(story: Start, sql: str) -> None:
    """The server is told something about the story's ledger."""
    address, _, more = story.scene.url.partition("?")
    kept = "&".join(part for part in more.split("&") if not part.startswith("schema="))
    with psycopg.connect(f"{address}?{kept}", autocommit=True, options="-csearch_path=acme") as connection:
        connection.execute(sql.encode())


def test_a_server_that_fails_now_and_then_loses_nothing(make_stores: MakeStores) -> None:
    story, rng = begin(make_stores("postgres")).again(1), random.Random(1)  # noqa: S311 - a story, no secret
    forked, ended = Forked(story.scene), set()
    for _ in range(ROUNDS):
        story.people.act(4)
        told(story, FAILING.format(state=rng.choice((FULL, FAILED))))
        ends = forked.run(a_round).told
        told(story, "DROP FUNCTION fails CASCADE")
        assert not ends or ends.startswith(("StoreError: the disk of the PostgreSQL server", "LeaseLost")), ends
        ended.add(ends.partition(":")[2][:45])
        holds_now(story.scene, story.people)
    forked.finish(in_step)
    holds_in_the_end(story.scene, story.people)
    story.drop()
    assert {"full", "failed"} <= {word for ends in ended for word in ends.replace(":", " ").split()}, ended
