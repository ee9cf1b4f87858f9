"""Omdømme: an open brand-reputation monitor. This docstring is the map of the house.

Data goes left to right once; nothing calls back up::

    sources/* -> Mention -> text -> targets -> classifiers/* -> identity -> store -> sql views -> readmodel -> dashboard
                 (stories group copies)  Match     Verdict       Flag       DuckDB            \\-> spikes -> Incident -> channels/*

Layers (import-linter contracts in pyproject.toml hold them)::

    flows | dashboard | monitor.cli        when it runs, what people see
    monitor.pipeline                       the only module that wires the rooms together
    store readmodel sources classifiers channels targets stories sentiment identity spikes config
                                           the rooms; none imports another
    db http text                           shared ground: the lock around the database, polite HTTP, words
    types errors                           values and the error tree, no I/O

Where a thing is added: a network is one file in ``sources/``; a model one file in ``classifiers/``; an alert
channel one file in ``channels/``; a figure one view in the next ``sql/000N`` and one ``readmodel`` function;
a page one file in ``dashboard/views/`` and its line in the menu.
"""

__version__ = "0.1.0"
