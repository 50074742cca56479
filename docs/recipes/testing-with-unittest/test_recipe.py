from conftest import in_thread


async def test_django_runs_the_tests_of_the_recipe(project):
    printed = await in_thread(project.manage, "test", "--noinput")
    assert "Found 3 test(s)" in printed
