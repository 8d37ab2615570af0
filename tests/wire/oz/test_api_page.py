"""``/api/docs/``: the page of this interface. What works on it: ``tests/e2e/test_api_pages.py``."""

import pytest


class TestThePage:
    @pytest.mark.parametrize("path", ["/api/docs/", "/api/docs"])
    def test_anybody_may_open_the_page(self, client, path):
        answer = client.get(path)

        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "/api/openapi.json" in answer.text

    def test_only_its_own_script_may_run_on_it(self, client):
        told = client.get("/api/docs/").headers["content-security-policy"]

        assert "script-src 'self';" in told


class TestWithoutThePage:
    @pytest.fixture
    def settings(self):
        return {"api_page": False}

    def test_without_the_page_the_description_stays(self, client):
        assert client.get("/api/openapi.json").status_code == 200

    @pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/rapidoc.js"])
    def test_there_is_nothing_at_its_address(self, client, path):
        answer = client.get(path)

        assert answer.status_code == 404
        assert answer.json().keys() >= {"error_code", "error_message"}
