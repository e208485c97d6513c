# One command for each thing a developer does. `uv run just` lists them.

set shell := ["bash", "-euo", "pipefail", "-c"]

code := "src plugins tests bench tools"
on_any_ledger := "tests/ledger tests/sync tests/app tests/cli tests/data tests/facts tests/server tests/report/test_weekly_bridge.py tests/e2e tests/parity plugins/fxiaoke/tests/e2e plugins/zoho/tests/e2e"

# the list of commands
default:
    @just --list

# style, types, floors, dependencies
check:
    ruff format --check {{code}}
    ruff check {{code}}
    mypy src plugins/csv/src plugins/csv/tests plugins/fxiaoke/src plugins/fxiaoke/tests plugins/jira/src plugins/jira/tests plugins/sim/src plugins/sim/tests plugins/trello/src plugins/trello/tests plugins/zoho/src plugins/zoho/tests tests bench tools
    lint-imports
    deptry src
    python tools/catalog.py check
    python tools/docs.py check

# everything that can be mended without thinking
fix:
    ruff format {{code}}
    ruff check --fix {{code}}

# the fast set on SQLite
test *args:
    pytest -m "not postgres" {{args}}

# what opens a ledger, with every ledger in PostgreSQL
pg *args=on_any_ledger:
    PYTHONPATH=. pytest -p tests.on_postgres.plugin {{args}}

# reading Zoho under every setting of its simulator, each way
zoho-matrix *args:
    pytest -m zoho_matrix plugins/zoho/tests/e2e {{args}}

# reading Fxiaoke under every setting of its simulator
fxiaoke-matrix *args:
    pytest -m fxiaoke_matrix plugins/fxiaoke/tests {{args}}

# more seeds and points of what the fast set holds quickly
wide *args:
    pytest -m wide {{args}}

# ten thousand stories of simulated CRMs, people and faults around the engine; and the planted bugs, each caught
world seeds="10000" *args:
    python -m crmbridge.testing.world --seeds {{seeds}} --steps 200 --jobs {{num_cpus()}} {{args}}
    python -m crmbridge.testing.world --mutants --seeds 2000 --steps 200 --jobs {{num_cpus()}}

# processes that die at every call and commit, and at a thousand random moments, on both engines
crash: && kills
    pytest -m wide tests/crash

# the random ones alone
kills:
    python -m tests.crash --engine sqlite --kills 1000
    python -m tests.crash --engine postgresql --kills 300

# before a release, some three hours: check, the suite at full length, once more all in PostgreSQL, the kills
all *args: check && kills
    pytest -m "wide or zoho_matrix or fxiaoke_matrix or not wide" {{args}}
    PYTHONPATH=. pytest -p tests.on_postgres.plugin -m "wide or not wide" {{args}} {{on_any_ledger}}

# branch coverage of the floors and of the plugins
coverage:
    coverage run -m pytest -n0 -q
    coverage report --skip-covered

# texts: extract, and compile the Chinese catalogue
texts:
    python tools/catalog.py extract

# reference pages from code; every example of the docs run
docs:
    python tools/docs.py write
    pytest tests/docs

# what the conformance kit finds of every adapter, and the page that is made of it; some three minutes
kit:
    for file in plugins/*/quality.toml; do name="$(basename "$(dirname "$file")")"; crmbridge kit report "plugins/$name" --save "docs/reference/kit/$name.json" || [ "$?" = 1 ]; done
    python tools/docs.py write

# the documentation as a site, in build/site; a link that leads nowhere fails
site:
    uv run --isolated --only-group docs python tools/website.py

# ratios against peers and floors
bench:
    for file in bench/*.py; do python "$file"; done

# the synthetic company, from files to figures
demo:
    crmbridge demo

# renew the versions that every machine gets (pyproject.toml, [tool.uv] constraint-dependencies)
pins:
    uv lock --upgrade
    uv export --quiet --all-packages --all-extras --all-groups --no-emit-workspace --no-hashes --no-header --no-annotate > constraints.txt
    python tools/pins.py
