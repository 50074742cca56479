"""What is done to a page's HTML at last: no name breaks at a hyphen, boxes and plots are marked."""

from workshop.docs_site.finish import finished


def test_short_code_is_marked_so_that_it_breaks_nowhere():
    assert finished("<code>--port 8001</code>") == '<code class="short">--port 8001</code>'
    quoted = finished("<code>&quot;socket_timeout&quot;: None</code>")
    assert quoted.startswith('<code class="short">')


def test_in_longer_code_only_words_with_a_hyphen_are_held_together():
    shown = finished("<code>python3 -m workshop lite --serve</code>")
    held = '<span class="short">{}</span>'
    words = f"python3 {held.format('-m')} workshop lite {held.format('--serve')}"
    assert shown == f"<code>{words}</code>"


def test_a_word_too_long_for_a_phone_may_break_and_a_block_of_code_stays_as_it_is():
    long = "<code>a-name-that-is-longer-than-a-phone-holds</code>"
    assert finished(long) == long
    block = "<pre><code>python3 -m workshop\n</code></pre>"
    assert finished(block) == block


def test_a_box_to_tick_takes_the_place_of_the_bullet():
    assert finished("<li>☐ Find a helper</li>") == '<li class="to-do">☐ Find a helper</li>'
    assert finished("<li>plain</li>") == "<li>plain</li>"


def test_a_plot_can_be_scrolled_with_the_keyboard_and_keeps_its_words():
    shown = finished('<p><img alt="Bars" src="../../figures/load-busy.svg" /></p>')
    assert 'tabindex="0" role="group" aria-label="Bars"' in shown
    assert '<img alt="Bars" src="../../figures/load-busy.svg" />' in shown
