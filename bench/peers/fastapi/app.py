"""fastapi-users with its database strategy, as its documentation has it, on SQLite by aiosqlite.

``python app.py PASSWORD`` makes the database, a user who logs in, and 200 users with a token each,
and prints the tokens. Imported, it is the application.
"""

import asyncio
import json
import os
import sqlite3
import sys
import uuid
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, BearerTransport
from fastapi_users.authentication.strategy import DatabaseStrategy
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

TOKENS = 200
LIFETIME_SECONDS = 3600


class Base(DeclarativeBase):
    """The tables."""


class User(SQLAlchemyBaseUserTableUUID, Base):
    """Who may log in."""


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    """What a login gave."""


engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['BENCH_DATABASE']}")
sessions = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


async def _session() -> AsyncGenerator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session)]


async def _users(session: Session) -> SQLAlchemyUserDatabase[User, uuid.UUID]:
    return SQLAlchemyUserDatabase(session, User)


async def _tokens(session: Session) -> SQLAlchemyAccessTokenDatabase[AccessToken]:
    return SQLAlchemyAccessTokenDatabase(session, AccessToken)


Users = Annotated[SQLAlchemyUserDatabase[User, uuid.UUID], Depends(_users)]
Tokens = Annotated[SQLAlchemyAccessTokenDatabase[AccessToken], Depends(_tokens)]


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    """What the library wants for each application."""


async def _manager(users: Users) -> UserManager:
    return UserManager(users)


# All of these are coroutines, because what is none would be run on a thread each time.
async def _strategy(tokens: Tokens) -> DatabaseStrategy[User, uuid.UUID, AccessToken]:
    return DatabaseStrategy(tokens, lifetime_seconds=LIFETIME_SECONDS)


backend = AuthenticationBackend(
    name="database", transport=BearerTransport(tokenUrl="login"), get_strategy=_strategy
)
library = FastAPIUsers[User, uuid.UUID](_manager, [backend])
current_user = library.current_user(active=True)
app = FastAPI()
app.include_router(library.get_auth_router(backend))


@app.get("/guarded")
async def guarded(user: Annotated[User, Depends(current_user)]) -> dict[str, object]:
    """Say whose token it is."""
    return {"id": str(user.id), "email": user.email, "is_active": user.is_active}


async def prepare(password: str) -> list[str]:
    """Make the database and return the tokens in it."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions() as session:
        hashed = PasswordHelper().hash(password)
        session.add(User(email="login@acme.example", hashed_password=hashed))
        users = [
            User(email=f"user-{number}@acme.example", hashed_password=hashed)
            for number in range(TOKENS)
        ]
        session.add_all(users)
        await session.commit()
        strategy = await _strategy(SQLAlchemyAccessTokenDatabase(session, AccessToken))
        return [await strategy.write_token(user) for user in users]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(prepare(sys.argv[1]))))
