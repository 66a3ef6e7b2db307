"""Calls past one machine: `import retell_nb.dask` gives dask frames the words of `calls.retell`.

Columns, `classify` and `select` are lazy. Tables are computed and are those of pandas.

>>> import dask.dataframe as dd
>>> import retell_nb as rn
>>> import retell_nb.dask
>>> calls = dd.from_pandas(rn.sample_calls(2_000, seed=7), npartitions=4)
>>> calls.retell.rates("agent").equals(calls.compute().retell.rates("agent"))
True
"""

from retell_nb.dask.accessors import DaskCallsAccessor, DaskReasonsAccessor

__all__ = ["DaskCallsAccessor", "DaskReasonsAccessor"]
