"""What proves that each command of the pages works. A command without a proof fails a test.

Most are run by test_commands.py as they are. What takes longer names the test that runs it, and
what of that test shows it. Of what cannot run here, the reason is given.
"""

from dataclasses import dataclass, field

WORKSHOP = "python3 -m workshop"
ADDRESS = "ws://127.0.0.1"


@dataclass(frozen=True)
class Here:
    """Is run in a copy of the workshop: what it prints, and what stands in for an example."""

    prints: str
    instead: dict[str, str] = field(default_factory=dict)
    folder: str = "."
    code: int = 0


@dataclass(frozen=True)
class Elsewhere:
    """Is run by another test, `path::name`, in whose source stands `shows`."""

    test: str
    shows: str


@dataclass(frozen=True)
class Like:
    """Is the same as another command, but for the names of folders, pages or ports."""

    other: str


@dataclass(frozen=True)
class InReadme:
    """Stands in a README as well, all of whose commands are run by test_readme.py."""


@dataclass(frozen=True)
class Nowhere:
    """Cannot be run here, for a reason."""

    why: str


PACKAGES = Nowhere("the package manager of a reader's own system, which asks for a password")
SYSTEM = Nowhere("starts a service of a reader's own system")
WINDOWS = Nowhere("PowerShell; the Windows job of the CI would have to run it")
MACHINE = {"path/to/your/project": "my-chat"}
SERVE = "tests/docs/test_commands_that_serve.py"
OTHER = "tests/docs/test_commands_of_others.py"
FOLLOW = "tests/docs/test_following.py"
FOLLOWED = f"{FOLLOW}::test_a_newcomer_types_what_the_pages_say_and_each_check_is_met"
BOOT = "tests/test_bootstrap.py"
FINAL = "tests/test_readme.py::test_the_commands_of_the_finished_app_work_in_its_folder"
STEP = "tests/test_readme.py::test_the_commands_of_a_step_work_in_its_folder"
TWO = f"{SERVE}::test_two_servers_on_the_same_redis_share_a_room"
SERVED = f"{SERVE}::test_what_serves_says_where_and_answers_there"
PAGE = "tests/docs/test_build.py::test_a_page_is_found_by_what_people_call_it"
PIP = f"{OTHER}::test_pip_takes_the_setting"
INSTALLED = f"{OTHER}::test_a_package_that_a_page_installs_is_one_that_exists"
REDIS = f"{OTHER}::test_what_asks_a_redis_gets_an_answer"
VERB = "tests/notebooks/test_verb.py"
LAB = f"{VERB}::test_jupyterlab_opens_the_notebook_and_ends_with_all_its_processes"
SITE = "tests/notebooks/test_lite.py"
LITE = f"{SITE}::test_the_first_notebook_runs_to_its_end_with_no_request_to_elsewhere"
CHAOS = "tests/test_chaos.py::test_nothing_is_lost_and_nothing_doubled_by"
PACK = "tests/docs/test_pack.py::test_it_sets_itself_up_and_works_with_the_network_cut"

OF_THE_TOOL = {
    "": Here("For learners"),
    "start": Elsewhere(FOLLOWED, '"start"'),
    "check": Elsewhere(FOLLOWED, '"check"'),
    "hint": Elsewhere(FOLLOWED, '"hint"'),
    "catch-up 03": Here("my-chat now holds checkpoint 03-consumer"),
    "start finished --from 05": Here("finished is yours. It holds checkpoint 05-template"),
    "catch-up 05": Here("my-chat now holds checkpoint 05-template"),
    "doctor": Here("Nothing is wrong", folder="my-chat"),
    "doctor 04": Here("Nothing is wrong"),
    "doctor --explain P01": Here("An idle socket dies after 5 seconds"),
    "doctor my-chat": Here("my-chat, settings chat_project.settings"),
    "doctor my-chat --live": Here("a second process reached the first"),
    "doctor path/to/your/project": Like("doctor my-chat"),
    "doctor path/to/your/project --live": Like("doctor my-chat --live"),
    "doctor path/to/your/project --json --fail-on warning": Here('"findings": [', MACHINE),
    "run": InReadme(),
    "run my-chat": Elsewhere(TWO, '"run", "my-chat"'),
    "run my-chat --host 0.0.0.0": Elsewhere(SERVED, '["run", "my-chat", "--host", "0.0.0.0"]'),
    "docs --host 0.0.0.0": Elsewhere(SERVED, '["docs", "--host", "0.0.0.0"]'),
    "docs --build": InReadme(),
    "docs --offline": Elsewhere(
        f"{SERVE}::test_an_offline_site_is_made_and_its_first_page_named",
        '"--offline"',
    ),
    "docs 02": Elsewhere(PAGE, "addresses.address_of(name) == path"),
    "docs 03": Like("docs 02"),
    "docs 04": Like("docs 02"),
    "docs p01": Like("docs 02"),
    "notebooks": Elsewhere(LAB, '"notebooks"'),
    "notebooks 01-asgi": Like("notebooks"),
    "notebooks 02-consumers": Like("notebooks"),
    "notebooks 03-groups": Like("notebooks"),
    "notebooks 04-channel-layer-pitfalls": Like("notebooks"),
    "lite": Elsewhere(LITE, "site"),
    "lite --serve": Elsewhere(
        f"{SERVE}::test_the_notebooks_for_the_browser_are_served", "'--serve'"
    ),
    "load": InReadme(),
    "load --output docs/figures": Elsewhere(
        "tests/load/test_load_run.py::test_plots_are_written_as_svg_and_png", "svg"
    ),
    "pictures": InReadme(),
    "pack": Elsewhere(PACK, "packed"),
    "pack --python 3.13 --platform windows": Elsewhere(
        "tests/docs/test_pack.py::test_another_system_gets_its_own_packages", '"3.13", "windows"'
    ),
    "chaos --fault kill --seed 1": Elsewhere(
        "tests/docs/test_outputs.py::test_everything_that_a_page_shows_as_printed_is_printed_now",
        "outputs.capture()",
    ),
    "chaos --fault kill --without sync": Elsewhere(
        "tests/test_chaos.py::test_the_alarm_rings_when_clients_do_not_ask_for_what_they_missed",
        'act("kill", without=["sync"]',
    ),
    "chaos --fault kill --without dedupe": Elsewhere(
        "tests/test_chaos.py::test_the_alarm_rings_when_clients_do_not_look_at_the_numbers",
        'without=["dedupe"]',
    ),
    "chaos --fault socket-reset --without outbox": Elsewhere(
        "tests/test_chaos_command.py::test_it_ends_with_0_where_all_is_well_and_with_1_where_not",
        'chaos.run("socket-reset", **small, without=["outbox"]',
    ),
    "chaos --fault sigterm": Elsewhere(CHAOS, "act(fault.name)"),
    "chaos --fault stuck-reader": Elsewhere(CHAOS, "act(fault.name)"),
}
OTHERS = {
    "python3 /path/to/channels-workshop/workshop doctor": Elsewhere(
        f"{BOOT}::test_it_works_from_any_folder_and_passes_on_words_and_the_exit_code",
        'cwd="/"',
    ),
    "python3.13 -m workshop": Like(WORKSHOP),
    "REDIS_URL=redis://127.0.0.1:40123/0 python3 -m workshop run my-chat --port 8001": Elsewhere(
        TWO, "REDIS_URL"
    ),
    '$env:REDIS_URL = "redis://127.0.0.1:40123/0"; python -m workshop run my-chat --port 8001': (
        WINDOWS
    ),
    ".venv\\Scripts\\Activate.ps1": WINDOWS,
    "Set-ExecutionPolicy -Scope Process RemoteSigned": WINDOWS,
    "source .venv/bin/activate": Elsewhere(
        f"{OTHER}::test_an_activated_environment_has_the_packages", "activate"
    ),
    "python3 --version": Here("Python 3."),
    "python manage.py check": Here("no issues", folder="my-chat"),
    "python manage.py migrate": Here("Applying", folder="my-chat"),
    "python manage.py runserver": Elsewhere(STEP, '"runserver"'),
    "python manage.py check --deploy --fail-level WARNING": Elsewhere(
        f"{OTHER}::test_the_finished_app_passes_djangos_check_for_deployment",
        '"--deploy", "--fail-level", "WARNING"',
    ),
    'python manage.py shell -c "from channels.layers import get_channel_layer as g; print(g())"': (
        Here("RedisChannelLayer", folder="my-chat")
    ),
    "PYTHONPATH=/path/to/channels-workshop python manage.py check --tag channels": Elsewhere(
        "tests/doctor/test_checks.py::test_a_finding_has_its_number_its_place_and_its_mend",
        '"--tag", "channels"',
    ),
    'python -c "import chat_project.asgi"': Here("", folder="my-chat"),
    'python -c "import websockets"': Here(""),
    "python -c \"import socket; print(socket.gethostbyname('redis'))\"": Here(
        "127.0.0.1", {"'redis'": "'localhost'"}
    ),
    "python -m websockets --help": Here("usage"),
    f"python -m websockets {ADDRESS}:8000/ws/chat/lobby/": Elsewhere(STEP, "talk(address"),
    f"python -m websockets {ADDRESS}:8001/ws/chat/lobby/": Like(
        f"python -m websockets {ADDRESS}:8000/ws/chat/lobby/"
    ),
    "daphne --websocket-max-message-size 131072 chat_project.asgi:application": Elsewhere(
        FINAL, '["daphne", "uvicorn"]'
    ),
    "uvicorn --ws-max-size 65536 chat_project.asgi:application": Elsewhere(
        FINAL, '["daphne", "uvicorn"]'
    ),
    "python3 -m pip config set global.index-url https://mirror.example.org/simple": Elsewhere(
        PIP, "config set"
    ),
    "python3 -m pip config set global.proxy http://proxy.example.org:3128": Elsewhere(
        PIP, "config set"
    ),
    "python3 -m pip config set global.cert": Nowhere("a beginning, to which a reader adds a file"),
    "python manage.py": Nowhere("a beginning, which says where commands are called"),
    'pip install "uvicorn[standard]"': Elsewhere(INSTALLED, "pinned"),
    "pip install channels_redis": Elsewhere(INSTALLED, "pinned"),
    "pip install daphne": Elsewhere(INSTALLED, "pinned"),
    "pip install redis": Elsewhere(INSTALLED, "pinned"),
    "pip install uvicorn": Elsewhere(INSTALLED, "pinned"),
    "pip install whitenoise": Elsewhere(INSTALLED, "pinned"),
    "redis-cli --scan --pattern 'asgi*'": Elsewhere(REDIS, "redis-cli"),
    "redis-cli -u URL ping": Elsewhere(REDIS, "URL"),
    "redis-cli config get 'maxmemory*'": Elsewhere(REDIS, "redis-cli"),
    "redis-cli del asgi:group:chat_lobby": Elsewhere(REDIS, "redis-cli"),
    "redis-cli info cluster": Elsewhere(REDIS, "redis-cli"),
    "redis-cli info server": Elsewhere(REDIS, "redis-cli"),
    "redis-cli info stats": Elsewhere(REDIS, "redis-cli"),
    "redis-cli ping": Elsewhere(REDIS, "redis-cli"),
    "redis-cli pubsub channels": Elsewhere(REDIS, "redis-cli"),
    'redis-server --save "" --appendonly no': Elsewhere(
        f"{OTHER}::test_a_redis_that_saves_nothing_starts", "redis-server"
    ),
    "docker compose up": Nowhere("needs Docker, and fetches images"),
    "docker run --rm -p 6379:6379 redis:7": Nowhere("needs Docker, and fetches an image"),
    "brew install python@3.13": PACKAGES,
    "brew install redis": PACKAGES,
    "brew services start redis": SYSTEM,
    "sudo apt install python3-pip python3-venv": PACKAGES,
    "sudo apt install python3-venv": PACKAGES,
    "sudo apt install redis-server": PACKAGES,
    "sudo dnf install valkey": PACKAGES,
    "sudo service redis-server start": SYSTEM,
}
PROOFS = {f"{WORKSHOP} {words}".strip(): proof for words, proof in OF_THE_TOOL.items()} | OTHERS
