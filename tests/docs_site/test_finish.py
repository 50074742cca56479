"""The last changes to a page's HTML: hyphens don't break names; boxes and plots are marked."""

from workshop.docs_site.finish import finished


def test_short_code_does_not_wrap():
    assert finished("<code>--port 8001</code>") == '<code class="short">--port 8001</code>'
    quoted = finished("<code>&quot;socket_timeout&quot;: None</code>")
    assert quoted.startswith('<code class="short">')


def test_hyphenated_words_in_longer_code_do_not_wrap():
    shown = finished("<code>python3 -m workshop lite --serve</code>")
    held = '<span class="short">{}</span>'
    words = f"python3 {held.format('-m')} workshop lite {held.format('--serve')}"
    assert shown == f"<code>{words}</code>"


def test_long_words_may_wrap_and_code_blocks_are_unchanged():
    long = "<code>a-name-that-is-longer-than-a-phone-holds</code>"
    assert finished(long) == long
    block = "<pre><code>python3 -m workshop\n</code></pre>"
    assert finished(block) == block


def test_tick_boxes_replace_bullets():
    assert finished("<li>☐ Find a helper</li>") == '<li class="to-do">☐ Find a helper</li>'
    assert finished("<li>plain</li>") == "<li>plain</li>"


def test_plots_scroll_with_the_keyboard_and_keep_their_text_alternative():
    shown = finished('<p><img alt="Bars" src="../../figures/load-busy.svg" /></p>')
    assert 'tabindex="0" role="group" aria-label="Bars"' in shown
    assert '<img alt="Bars" src="../../figures/load-busy.svg" />' in shown
