"""An app on top of `chat_app`: phones and computers can install the chat like any other app.

It has no Python code, only two things:

- static/installable/ holds the web app manifest, and the icons that the manifest names;
- templates/chat_app/base.html adds them to the head of each page.

A project that uses it puts `installable` before `chat_app` into INSTALLED_APPS, and has WhiteNoise
send the manifest's content type with WHITENOISE_MIMETYPES.

There is no service worker: browsers install the chat without one, and nobody's messages stay in a
cache after they have logged out.

The PNG files are drawn from the SVG files. To draw them again, with librsvg's program (Debian's
package librsvg2-bin), go to static/installable/ and type:

    rsvg-convert --width 192 ../../../chat_app/static/chat_app/icon.svg --output icon-192.png
    rsvg-convert --width 512 ../../../chat_app/static/chat_app/icon.svg --output icon-512.png
    rsvg-convert --width 512 maskable.svg --output maskable-512.png
"""
