"""The store: a folder of Parquet that keeps calls, and brings itself up to date.

::

    FOLDER/_manifest.json                     what is in the store, replaced as a whole
    FOLDER/.lock                              held by the one that writes
    FOLDER/month=2026-03/calls-00000007.parquet   a segment: never changed once it is there

A segment holds new calls, or new versions of calls; the last version of a call counts. What the
manifest does not list is not in the store. A writer lists the files that it is about to write or
to replace as `unfinished` before it touches them; should it be cut off, the next one clears these
away, and no others: files of others, and segments that came with half a backup, stay as they are.
With `sync_calls(folder, adopt=True)` all segments of a folder are listed anew. Without this library
a view of the latest calls is, in DuckDB::

    SELECT * FROM read_parquet('FOLDER/*/*.parquet', hive_partitioning = true)
    QUALIFY row_number() OVER (PARTITION BY call_id ORDER BY store_version DESC) = 1

and in Polars::

    pl.scan_parquet("FOLDER/*/*.parquet").sort("store_version").unique("call_id", keep="last")
"""
