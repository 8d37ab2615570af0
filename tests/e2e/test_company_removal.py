"""A company that was told to go goes, even if the server dies right after it said so."""

from pathlib import Path
from typing import Any, Final

import httpx2

from tests.e2e.conftest import PASSWORD
from tests.support.clients import oz
from tests.support.jobs import let_leases_end
from tests.support.processes import ServerProcess, serve
from tests.support.waiting import until

PEOPLE: Final = 30


def enter(client: httpx2.Client, email: str = oz.login) -> Any:
    """Log in, and go on as that user."""
    answer = oz.log_in(client, email, PASSWORD)
    if answer.status_code == 200:
        client.headers["X-Forensic-Access-Token"] = answer.json()["access_token"]
    return answer


def populate(client: httpx2.Client) -> str:
    """Make a company with people in it and return its id."""
    company: str = client.post("/api/companies/", json={"name": "Gone Bank"}).json()["company_id"]
    for number in range(PEOPLE):
        body = {
            "credentials": {"email": f"{number}@gone.example", "password": PASSWORD},
            "profile": {"first_name": "a", "last_name": "b", "company_id": company},
        }
        assert client.post("/api/users/", json=body).status_code == 201
    return company


def start_removal(server: ServerProcess) -> str:
    """Remove a company and have the server die as soon as it has said so."""
    with httpx2.Client(base_url=server.base_url, timeout=30) as client:
        enter(client)
        company = populate(client)
        assert client.delete(f"/api/companies/{company}").status_code == 204
        server.kill()
    return company


def test_a_removal_that_was_answered_is_finished_after_the_server_died(
    tmp_path: Path, directory: Path
) -> None:
    arguments = ("--directory", str(directory))
    with serve(tmp_path, *arguments) as server:
        company = start_removal(server)
    let_leases_end(tmp_path / "watchword.db")

    with serve(tmp_path, *arguments) as server, httpx2.Client(base_url=server.base_url) as client:
        assert enter(client, "1@gone.example").status_code == 401
        enter(client)
        until(lambda: client.get(f"/api/companies/{company}").status_code == 404)
        assert client.get("/api/users/", params={"company_id": company}).json()["total_count"] == 0
