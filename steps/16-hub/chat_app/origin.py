from channels.security.websocket import OriginValidator


class SameSiteValidator(OriginValidator):
    """Refuse browsers that show another site's page, and let non-browser clients in."""

    def valid_origin(self, parsed_origin):
        return parsed_origin is None or self.validate_origin(parsed_origin)
