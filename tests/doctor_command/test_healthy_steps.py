"""The doctor finds nothing in the course's own projects, and leaves no files behind."""

import pytest

from channels_doctor import examine, find_project
from channels_doctor.live.private_redis import running
from workshop.course import catalog
from workshop.services.redis_binary import find_server

pytestmark = pytest.mark.slow

STEPS = [step.slug for step in catalog.load() if step.folder.exists()]


@pytest.fixture(scope="module")
def redis_url():
    with running(find_server()) as url:
        yield url


@pytest.mark.parametrize("slug", STEPS)
def test_nothing_is_found_in_the_course(slug, redis_url, monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)  # its database may be one of many
    folder = catalog.find(slug).folder
    before = sorted(folder.rglob("*"))
    url = {"REDIS_URL": redis_url}
    ways = [{}, url]
    if slug == "final":
        key = {"SECRET_KEY": "for the tests only, and as long as a real key has to be: 0123456"}
        ways = [{**key, "DEBUG": "1"}, {**key, **url}]
        ways.append({**key, **url, "CHANNEL_LAYER": "channels_redis.core.RedisChannelLayer"})
    for variables in ways:
        found = examine(find_project(str(folder)), variables)
        assert (found.troubles, [(one.id, one.what) for one in found.findings]) == ([], [])
    assert sorted(folder.rglob("*")) == before, "it wrote into the project"
