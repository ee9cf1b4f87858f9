"""Omdømme: an open brand-reputation monitor. This docstring is the map of the house.

Data goes left to right once; nothing calls back up::

    sources -> Mention -> targets -> classifiers + sentiment -> identity -> store -> SQL views -> readmodel -> pages
               (stories)   Match          Verdict                 Flag      DuckDB                  |
                                                                         spikes -> Incident -> messages -> channels

Layers, top to bottom; a room never imports its neighbour (import-linter contracts in pyproject.toml)::

    flows   dashboard   cli                when it runs, what people see
    cli_serve   cli_filters   cli_correct   cli_triage   cli_learn   cli_evaluate
    labelled                               texts with a person's label, as the judge is asked
    simulation   filters                   an archive replayed as if live; each stage alone on JSON Lines
    pipeline                               the only module that wires the rooms together
    store readmodel sources classifiers channels targets stories sentiment evaluation identity
    caselearning spikes messages config privacy
    windows                                which parts of a text concern a target
    db http html jsonlines language text wordlists   the lock around the database, polite HTTP, markup to text, words
    types errors                           values and the error tree, no I/O

A room of several files is a package; its ``__init__`` is the door, the other files are its own business.

Where a thing is added: a network is one file in ``sources/``; a model one file in ``classifiers/``; an alert channel
one file in ``channels/``; a figure one view in the next ``sql/000N`` and one ``readmodel`` function; a page one file
in ``dashboard/views/`` and its line in the menu.
"""

__version__ = "0.1.0"
