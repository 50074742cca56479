"""The proof for each command on the pages. A command without one fails a test.

Most are run by test_commands.py as they are. What takes longer names the test that runs it, and
what of that test shows it. Of what cannot run here, the reason is given.
"""

from dataclasses import dataclass, field

from workshop.authoring.outputs import MISTAKES

WORKSHOP = "python3 -m workshop"
ADDRESS = "ws://127.0.0.1"
DAPHNE = "daphne -e tcp:port=8000:interface=127.0.0.1:backlog=2048"


@dataclass(frozen=True)
class Here:
    """The command runs in a copy of the workshop: its output, and stand-ins for examples."""

    prints: str
    instead: dict[str, str] = field(default_factory=dict)
    folder: str = "."
    code: int = 0


@dataclass(frozen=True)
class Elsewhere:
    """Another test, `path::name`, runs the command. Its source contains `shows`."""

    test: str
    shows: str


@dataclass(frozen=True)
class Like:
    """The command differs from another one only in names of folders, pages or ports."""

    other: str


@dataclass(frozen=True)
class InReadme:
    """The command is also in a README, and test_readme.py runs all of those."""


@dataclass(frozen=True)
class Nowhere:
    """The command can't run here, for this reason."""

    why: str


PACKAGES = Nowhere("the package manager of a reader's own system, which asks for a password")
SYSTEM = Nowhere("starts a service of a reader's own system")
WINDOWS = Nowhere("PowerShell; the Windows job of the CI would have to run it")
DOCKER = Nowhere("needs Docker, and fetches images")
RECIPES = "docs/recipes"
MACHINE = {"path/to/your/project": "my-chat"}
SERVE = "tests/docs_site/test_commands_that_serve.py"
OTHER = "tests/docs_site/test_commands_of_others.py"
FOLLOW = "tests/docs_site/test_following.py"
FOLLOWED = f"{FOLLOW}::test_typing_every_command_of_the_chapters_passes_each_check"
BOOT = "tests/setup/test_bootstrap.py"
FINAL = "tests/test_readme.py::test_the_commands_of_the_finished_app_work_in_its_folder"
STEP = "tests/test_readme.py::test_the_commands_of_a_step_work_in_its_folder"
TWO = f"{SERVE}::test_two_servers_on_the_same_redis_share_a_room"
ALONE = f"{SERVE}::test_two_servers_without_redis_share_no_room"
SERVED = f"{SERVE}::test_commands_that_serve_print_their_url_and_answer"
REMOVED = "final/tests/test_apps_removed.py::test_a_project_keeps_working_after_an_app_is_removed"
PAGE = "tests/docs_site/test_build.py::test_pages_are_found_by_their_usual_names"
PIP = f"{OTHER}::test_pip_takes_the_setting"
INSTALLED = f"{OTHER}::test_packages_that_a_page_installs_exist"
REDIS = f"{OTHER}::test_commands_that_query_redis_get_an_answer"
COMMAND = "tests/notebooks/test_command.py"
LAB = f"{COMMAND}::test_jupyterlab_opens_the_notebook_and_stops_all_its_processes"
SITE = "tests/notebooks/test_lite.py"
RUNNING = "tests/docs_site/test_running.py"
BACKUP = f"{RUNNING}::test_a_backup_can_be_restored"
LITE = f"{SITE}::test_the_first_notebook_runs_to_its_end_with_no_request_to_elsewhere"
CHAOS = "tests/bench/chaos/test_chaos.py::test_nothing_is_lost_or_doubled_by"
PLAYED = "tests/bench/steps/test_played.py"
PACKING = "tests/authoring/test_pack.py"
PACK = f"{PACKING}::test_a_packed_copy_sets_itself_up_offline"

OF_THE_TOOL = {
    "": Here("For learners"),
    "start": Elsewhere(FOLLOWED, '"start"'),
    "check": Elsewhere(FOLLOWED, '"check"'),
    "hint": Elsewhere(FOLLOWED, '"hint"'),
    "catch-up 03": Here("my-chat now contains step 03-consumer"),
    "start finished --from 05": Here("finished is your project. It contains step 05-template"),
    "catch-up 05": Here("my-chat now contains step 05-template"),
    "catch-up 06": Like("catch-up 05"),
    "catch-up 07": Like("catch-up 05"),
    "catch-up 08": Like("catch-up 05"),
    "catch-up 09": Like("catch-up 05"),
    "catch-up 10": Like("catch-up 05"),
    "catch-up 11": Like("catch-up 05"),
    "catch-up 12": Like("catch-up 05"),
    "catch-up 13": Like("catch-up 05"),
    "catch-up 14": Like("catch-up 05"),
    "catch-up 15": Like("catch-up 05"),
    "catch-up 16": Like("catch-up 05"),
    "doctor": Here("The doctor didn't find anything wrong", folder="my-chat"),
    "doctor 04": Here("The doctor didn't find anything wrong"),
    "doctor final": Elsewhere(
        "tests/doctor_command/test_doctor_command.py"
        "::test_the_finished_app_is_examined_as_run_serves_it",
        'workshop("doctor", "final"',
    ),
    "doctor --explain P01": Here("An idle socket dies after 5 seconds"),
    "doctor my-chat": Here("my-chat, settings chat_project.settings"),
    "doctor my-chat --live": Here("a second process reached the first"),
    "doctor --explain -": Elsewhere(
        "channels-doctor/tests/test_lookup.py::test_explain_reads_a_paste", "explained("
    ),
    "doctor path/to/a/project --no-import": Here(
        "my-chat, settings chat_project.settings", {"path/to/a/project": "my-chat"}
    ),
    "doctor path/to/your/project": Like("doctor my-chat"),
    "doctor path/to/your/project --live": Like("doctor my-chat --live"),
    "doctor path/to/your/project --json --fail-on warning": Here('"findings": [', MACHINE),
    "run": InReadme(),
    "run my-chat": Elsewhere(TWO, '"run", "my-chat"'),
    "run my-chat --port 8001": Elsewhere(ALONE, 'Serving(learner, "run", "03")'),
    "run my-chat --host 0.0.0.0": Elsewhere(SERVED, '["run", "my-chat", "--host", "0.0.0.0"]'),
    "docs --host 0.0.0.0": Elsewhere(SERVED, '["docs", "--host", "0.0.0.0"]'),
    "docs --build": InReadme(),
    "docs --offline": Elsewhere(
        f"{SERVE}::test_the_offline_build_prints_its_first_page",
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
        "tests/bench/load/test_load_run.py::test_plots_are_written_as_svg_and_png", "svg"
    ),
    "layers": InReadme(),
    "layers --output docs/figures": Elsewhere(
        "tests/bench/layers/test_layers_command.py"
        "::test_a_layer_delivers_and_carries_the_finished_app",
        '"layers", *SMALL',
    ),
    "pictures": InReadme(),
    "pack": Elsewhere(PACK, "packed"),
    "tags": Elsewhere(
        "tests/authoring/test_tags.py::test_the_branch_has_one_commit_per_step_with_its_files",
        "tags.make(committed.root)",
    ),
    "pack --for learners --python 3.12 --python 3.13 --platform windows --platform macos": (
        Elsewhere(
            "tests/authoring/test_pack.py::test_several_systems_and_pythons_are_packed_in_one_call",
            '["3.12", "3.13"], ["windows", "macos"]',
        )
    ),
    "chaos --fault kill --seed 1": Elsewhere(
        "tests/authoring/test_outputs.py::test_console_output_on_pages_is_up_to_date",
        "outputs.capture()",
    ),
    "chaos --fault kill --without sync": Elsewhere(
        "tests/bench/chaos/test_chaos.py::test_clients_that_never_sync_are_noticed",
        'play_fault("kill", without=["sync"]',
    ),
    "chaos --fault kill --without dedupe": Elsewhere(
        "tests/bench/chaos/test_chaos.py::test_clients_that_do_not_drop_duplicates_are_noticed",
        'without=["dedupe"]',
    ),
    "chaos --fault socket-reset --without outbox": Elsewhere(
        "tests/bench/chaos/test_chaos_command.py"
        "::test_the_exit_code_is_0_after_a_good_round_and_1_after_a_bad_one",
        'chaos.run("socket-reset", **small, without=["outbox"]',
    ),
    "chaos --fault host-cut-off --seed 1 --rounds 6 --output docs/figures/hosts.json": Elsewhere(
        "tests/bench/chaos/test_host_cut_off.py::play_one_round", 'FAULTS["host-cut-off"], hosts, 1'
    ),
    "chaos 08 --fault kill": Elsewhere(
        f"{PLAYED}::test_a_step_without_delivery_loses_messages_and_that_is_expected",
        'chaos.run("08-history"',
    ),
    "chaos 09 --fault kill": Elsewhere(
        f"{PLAYED}::test_a_step_with_delivery_loses_nothing", 'chaos.run("09-delivery"'
    ),
    "load 16": Elsewhere(
        f"{PLAYED}::test_a_step_is_measured_side_by_side_with_step_05", "load.run("
    ),
    "chaos all --output docs/figures": Elsewhere(
        f"{PLAYED}::test_one_fault_on_every_step_is_written_for_the_docs", "figures.chaos_all("
    ),
    "load all --output docs/figures": Elsewhere(
        f"{PLAYED}::test_all_steps_are_measured_in_turn_for_the_docs", "figures.load_all("
    ),
    "chaos --fault sigterm": Elsewhere(CHAOS, "play_fault(fault.name)"),
    "chaos --fault stuck-reader": Elsewhere(CHAOS, "play_fault(fault.name)"),
}
EXAMPLES = "tests/docs_site/test_examples.py"
EXAMPLE = Elsewhere(f"{EXAMPLES}::test_an_example_prints_what_its_page_shows", "outputs.examples()")
OTHERS = {
    "python3 docs/examples/waiting.py": EXAMPLE,
    "python3 docs/examples/blocking.py": EXAMPLE,
    "python3 docs/examples/forgotten.py": EXAMPLE,
    "python3 docs/examples/memory.py": EXAMPLE,
    "python3 docs/examples/handshake.py": Elsewhere(
        f"{EXAMPLES}::test_a_handshake_is_answered_differently_by_each_step", "handshake()"
    ),
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
    " ".join(f"{name}={value}" for name, value in MISTAKES.items()) + " python manage.py check": (
        Elsewhere(
            "tests/docs_site/test_reference.py"
            "::test_the_finished_app_says_what_is_wrong_with_its_environment",
            "outputs.mistakes()",
        )
    ),
    "; ".join(f'$env:{name} = "{value}"' for name, value in MISTAKES.items())
    + "; python manage.py check": WINDOWS,
    "python manage.py migrate accounts zero": Elsewhere(
        "final/tests/test_accounts_removed.py"
        "::test_a_project_keeps_working_after_the_app_is_removed",
        '"accounts", "zero"',
    ),
    "python manage.py migrate moderation zero": Elsewhere(REMOVED, '"zero"'),
    "python manage.py migrate notices zero": Elsewhere(REMOVED, '"zero"'),
    "python manage.py migrate search zero": Elsewhere(REMOVED, '"zero"'),
    "git pull": Elsewhere(
        "tests/learner/test_update.py::test_git_pull_leaves_a_learners_folder_as_it_is", '"pull"'
    ),
    "python manage.py makemigrations chat_app": Here("No changes", folder="my-chat"),
    "python manage.py makemigrations --name rooms": Here("No changes", folder="my-chat"),
    "python manage.py makemigrations --name messages": Here("No changes", folder="my-chat"),
    "python manage.py makemigrations --name client_ids": Here("No changes", folder="my-chat"),
    "python manage.py makemigrations --name changes": Here("No changes", folder="my-chat"),
    "python manage.py makemigrations --name read_marks": Here("No changes", folder="my-chat"),
    "python manage.py migrate": Here("Applying", folder="my-chat"),
    'python manage.py say lobby "Lunch is ready"': Elsewhere(
        "docs/exercises/04-redis/test_say.py"
        "::test_a_command_in_another_process_sends_to_everybody_in_the_room",
        '"manage.py", "say", room',
    ),
    "python manage.py visible Bob": Elsewhere(
        "docs/exercises/07-rooms/test_visible.py"
        "::test_everybody_sees_public_rooms_and_members_their_private_ones",
        "rooms_of(",
    ),
    "python manage.py here lobby": Elsewhere(
        "docs/exercises/12-presence/test_here.py"
        "::test_the_command_names_each_of_the_people_in_a_room_once",
        "people_in(room)",
    ),
    "python manage.py readers lobby": Elsewhere(
        "docs/exercises/13-marks/test_readers.py"
        "::test_the_command_names_those_who_have_read_most_first",
        "readers_of(room",
    ),
    "python manage.py log_out Bob": Elsewhere(
        "docs/exercises/14-rights/test_log_out.py"
        "::test_all_sessions_of_a_user_end_and_so_do_their_sockets",
        '"log_out"',
    ),
    "python manage.py gaps": Elsewhere(
        "docs/exercises/08-history/test_gaps.py::test_nothing_is_said_about_a_room_without_gaps",
        "line_about(",
    ),
    "python manage.py demo": Elsewhere(FINAL, '["demo"]'),
    "python manage.py createsuperuser": Elsewhere(FINAL, '"createsuperuser"'),
    "python manage.py runserver": Elsewhere(STEP, '"runserver"'),
    "python manage.py runserver --nostatic": Here(
        "--nostatic", {"--nostatic": "--nostatic --help"}, folder="my-chat"
    ),
    "python manage.py check --deploy --fail-level WARNING": Elsewhere(
        f"{OTHER}::test_the_finished_app_passes_djangos_check_for_deployment",
        '"--deploy", "--fail-level", "WARNING"',
    ),
    'python manage.py shell -c "from channels.layers import get_channel_layer as g; print(g())"': (
        Here("RedisChannelLayer", folder="my-chat")
    ),
    "python manage.py check --tag channels": Elsewhere(
        "channels-doctor/tests/test_checks.py::test_a_finding_has_its_number_its_place_and_its_fix",
        '"--tag", "channels"',
    ),
    'python -c "import chat_project.asgi"': Here("", folder="my-chat"),
    "python -c \"from urllib.parse import urlsplit; print(urlsplit('URL').hostname)\"": Here(
        "redis", {"URL": "redis://:secret@redis:6379/0"}
    ),
    'python -c "import websockets"': Here(""),
    "python -c \"import socket; print(socket.gethostbyname('redis'))\"": Here(
        "127.0.0.1", {"'redis'": "'localhost'"}
    ),
    "python -m websockets --help": Here("usage"),
    f"python -m websockets {ADDRESS}:8000/ws/chat/lobby/": Elsewhere(STEP, "talk(address"),
    f"python -m websockets {ADDRESS}:8001/ws/chat/lobby/": Like(
        f"python -m websockets {ADDRESS}:8000/ws/chat/lobby/"
    ),
    f"{DAPHNE} --websocket-max-message-size 131072 chat_project.asgi:application": Elsewhere(
        FINAL, '["daphne", "uvicorn"]'
    ),
    "uvicorn --ws-max-size 65536 chat_project.asgi:application": Elsewhere(
        FINAL, '["daphne", "uvicorn"]'
    ),
    "daphne -p 8002 asgi:application": Elsewhere(
        f"{RECIPES}/wsgi-and-asgi/test_recipe.py::address", '["daphne", "-p"'
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
    'pip install "psycopg[pool]"': Elsewhere(INSTALLED, "pinned"),
    "pip install channels_redis": Elsewhere(INSTALLED, "pinned"),
    "pip install daphne": Elsewhere(INSTALLED, "pinned"),
    "pip install -U daphne": Elsewhere(INSTALLED, "pinned"),
    "pip install redis": Elsewhere(INSTALLED, "pinned"),
    "pip install uvicorn": Elsewhere(INSTALLED, "pinned"),
    "pip install whitenoise": Elsewhere(INSTALLED, "pinned"),
    "redis-cli --scan --pattern 'asgi*'": Elsewhere(REDIS, "redis-cli"),
    "redis-cli -u URL ping": Elsewhere(REDIS, "URL"),
    "redis-cli config get 'maxmemory*'": Elsewhere(REDIS, "redis-cli"),
    "redis-cli config get maxclients": Elsewhere(REDIS, "redis-cli"),
    "redis-cli del asgi:group:chat_lobby": Elsewhere(REDIS, "redis-cli"),
    "redis-cli info cluster": Elsewhere(REDIS, "redis-cli"),
    "redis-cli info server": Elsewhere(REDIS, "redis-cli"),
    "redis-cli info stats": Elsewhere(REDIS, "redis-cli"),
    "redis-cli ping": Elsewhere(REDIS, "redis-cli"),
    "redis-cli pubsub channels": Elsewhere(REDIS, "redis-cli"),
    'redis-server --save "" --appendonly no': Elsewhere(
        f"{OTHER}::test_redis_without_persistence_starts", "redis-server"
    ),
    "redis-cli info clients": Elsewhere(REDIS, "redis-cli"),
    "redis-cli zcard asgi:group:chat_lobby": Elsewhere(REDIS, "redis-cli"),
    "redis-cli zrange asgi:group:chat_lobby 0 -1": Elsewhere(REDIS, "redis-cli"),
    "celery -A celery_app worker": Elsewhere(
        f"{RECIPES}/from-celery/test_recipe.py"
        "::test_a_worker_of_celery_answers_on_the_socket_that_asked",
        '"celery", "-A", "celery_app", "worker"',
    ),
    "python manage.py runworker thumbnails": Elsewhere(
        f"{RECIPES}/background-worker/test_recipe.py"
        "::test_a_worker_does_the_job_and_answers_the_socket",
        '"runworker", "thumbnails"',
    ),
    "python manage.py test": Elsewhere(
        f"{RECIPES}/testing-with-unittest/test_recipe.py::test_django_runs_the_tests_of_the_recipe",
        'project.manage, "test"',
    ),
    "python -c 'import chat_project.asgi'": Here("", folder="my-chat"),
    "docker inspect": DOCKER,
    "docker compose up -d --wait": DOCKER,
    "docker compose up": DOCKER,
    "docker compose build": DOCKER,
    "docker compose run --rm migrate": DOCKER,
    "docker compose up -d --no-deps --wait app1": DOCKER,
    "docker compose up -d --no-deps --wait app2": DOCKER,
    "docker compose stop app1 app2 cleaner": DOCKER,
    "docker compose start app1 app2 cleaner": DOCKER,
    "docker compose exec -T postgres pg_dump -U chat --format custom chat > chat.dump": Elsewhere(
        BACKUP, "docker compose exec -T postgres"
    ),
    "docker compose exec -T postgres pg_restore -U chat --clean --if-exists --single-transaction "
    "-d chat < chat.dump": Elsewhere(BACKUP, "docker compose exec -T postgres"),
    'python manage.py shell -c "from django.db import connection; '
    "connection.cursor().execute('VACUUM INTO %s', ['backup.sqlite3'])\"": Elsewhere(
        f"{RUNNING}::test_a_copy_of_an_sqlite_database_in_use_is_complete", "VACUUM INTO"
    ),
    "python manage.py clearsessions": Elsewhere(
        f"{RUNNING}::test_expired_sessions_are_cleared", "clearsessions"
    ),
    "docker run --rm -p 6379:6379 redis:7": Nowhere("needs Docker, and fetches an image"),
    "brew install python3": PACKAGES,
    "brew install redis": PACKAGES,
    "brew services start redis": SYSTEM,
    "sudo apt install python3-pip python3-venv": PACKAGES,
    "sudo apt install python3-venv": PACKAGES,
    "sudo apt install redis-server": PACKAGES,
    "sudo dnf install valkey": PACKAGES,
    "sudo service redis-server start": SYSTEM,
}
PROOFS = {f"{WORKSHOP} {words}".strip(): proof for words, proof in OF_THE_TOOL.items()} | OTHERS
