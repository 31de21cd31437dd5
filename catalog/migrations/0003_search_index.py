"""The two full-text indexes, by the database's own means. Their rows are made by `catalog.search.indexing`.

`rank` (in FTS5 the row's own number) says the order in which equal matches are offered, and ends in the id of what
is found; so an index holds words and a number only.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("catalog_setindex", "catalog_partindex")


def create_indexes(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"CREATE TABLE {table} (rank bigint PRIMARY KEY, document tsvector NOT NULL)")
            # Without the pending list: an import writes all rows at once, and every search after would read the list.
            editor.execute(
                f"CREATE INDEX {table}_document ON {table} USING gin (document) WITH (fastupdate = off)"
            )
        else:
            editor.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5("
                "document, content='', detail=none, columnsize=0, prefix='1 2 3', "
                'tokenize="unicode61 remove_diacritics 0")'
            )


def drop_indexes(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES:
        editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_search_words")]

    operations = [migrations.RunPython(create_indexes, drop_indexes)]
