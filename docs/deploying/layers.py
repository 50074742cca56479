"""The ways to configure Redis for a channel layer. Each is one entry of CHANNEL_LAYERS."""

ONE = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {
        "hosts": [{"address": "redis://127.0.0.1:6379/0", "socket_timeout": None}],
        "prefix": "my-chat",
    },
}

SENTINEL = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {
        "hosts": [
            {
                "sentinels": [("127.0.0.1", 26379)],
                "master_name": "chat",
                "socket_timeout": None,
            }
        ],
        "prefix": "my-chat",
    },
}

SHARDS = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {
        "hosts": [
            {"address": "redis://127.0.0.1:6379/0", "socket_timeout": None},
            {"address": "redis://127.0.0.1:6380/0", "socket_timeout": None},
        ],
        "prefix": "my-chat",
    },
}
