"""What alembic runs to reach the database: it uses the connection that it is handed."""

from alembic import context

from watchword.storage.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # All or nothing, on SQLite too, which alembic would not trust with it.
    transactional_ddl=True,
    # SQLite cannot change a column in place; alembic then copies the table.
    render_as_batch=True,
)
context.run_migrations()
