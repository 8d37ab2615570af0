"""Running the migrations. Nothing else imports alembic."""

from typing import Any, Final, cast

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from watchword.storage.sql.channel import Driver
from watchword.storage.sql.versions import require_known

__all__ = ["upgrade"]

SCRIPTS: Final = "watchword.storage.sql:migrations"


def upgrade(driver: Driver[Any]) -> None:
    """Run what is missing, in one writing unit: all of it or nothing, and never two at once.

    Raises what the driver raises, and `DatabaseVersionError`.
    """
    patient = driver.patiently()

    def connect() -> DBAPIConnection:
        return cast("DBAPIConnection", patient.connect(writing=True)[0])

    def begin(connection: Connection) -> None:
        patient.begin(connection.connection.dbapi_connection, writing=True)

    name = f"{driver.dialect.name}+{driver.dialect.driver}://"
    engine = create_engine(name, creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", begin)
    with engine.begin() as connection:
        # Again, now that nobody else can be at it.
        require_known(driver.find_version())
        config = Config()
        config.set_main_option("script_location", SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
