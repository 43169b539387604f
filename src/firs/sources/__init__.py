"""Pictures in shards and behind URLs.

Each has a path, by which a collection identifies it and every function opens it:

====================================  =================================================
``/data/0001.tar/000123.jpg``         a member of a WebDataset shard
``/data/part.parquet/row-17``         a row of a Parquet file, the first is ``row-0``
``s3:/bucket/cats/1.jpg``             the object ``s3://bucket/cats/1.jpg``
``s3:/bucket/0001.tar/000123.jpg``    a member of a shard behind a URL
====================================  =================================================

A path has one slash after the scheme, as ``pathlib`` normalizes it; the URL is opened with two.
"""
