"""An app on top of `chat_app`: phones and computers can install the chat like any other app.

It has no Python code, only two things:

- static/installable/ contains the web app manifest and its icons;
- templates/chat_app/base.html adds them to the head of each page.

A project that uses it puts `installable` before `chat_app` into INSTALLED_APPS, and sets
WHITENOISE_MIMETYPES so that WhiteNoise sends the manifest's content type.

There is no service worker: browsers install the chat without one, and no messages stay in a cache
after their user has logged out.

The PNG files are rendered from the SVG files. To render them again, with librsvg's program
(Debian's package librsvg2-bin), go to static/installable/ and run:

    rsvg-convert --width 192 ../../../chat_app/static/chat_app/icon.svg --output icon-192.png
    rsvg-convert --width 512 ../../../chat_app/static/chat_app/icon.svg --output icon-512.png
    rsvg-convert --width 512 maskable.svg --output maskable-512.png
"""
