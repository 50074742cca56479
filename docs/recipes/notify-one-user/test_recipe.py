from conftest import hears, in_thread


async def test_every_tab_of_one_user_is_notified_and_nobody_else(server):
    ann = {"Cookie": await in_thread(server.user, "ann")}
    bob = {"Cookie": await in_thread(server.user, "bob")}
    path = "/ws/notifications/"
    async with (
        server.connect(path, additional_headers=ann) as first_tab,
        server.connect(path, additional_headers=ann) as second_tab,
        server.connect(path, additional_headers=bob) as other,
    ):
        await in_thread(server.manage, "notify", "ann", "Your parcel is here")
        await in_thread(server.manage, "notify", "bob", "Nothing for you")
        assert await hears(first_tab) == {"text": "Your parcel is here"}
        assert await hears(second_tab) == {"text": "Your parcel is here"}
        assert await hears(other) == {"text": "Nothing for you"}
