"""HTML as Telegram reads it; the errors are those of tdlib's own test for its parser."""

from __future__ import annotations

import pytest

from bot.local.entities import Entity
from bot.local.markup import MarkupError, checked_link, parse_html

INVALID = (
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("&#57311;", INVALID),
        ("&#xDFDF;", INVALID),
        ("&#xDFDF", INVALID),
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<abac>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<i    aba  =  '&lt;&gt;&quot;>", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
        ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
        ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
        ("🏟 🏟&lt;<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
        ("a<br>b", 'Unsupported start tag "br" at byte offset 1'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("5 < 6", 'Unsupported start tag "" at byte offset 2'),
        ("a <", "Unclosed start tag at byte offset 2"),
        ("<span class='x'>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>a</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(source, message):
    with pytest.raises(MarkupError) as refused:
        parse_html(source)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("", "", []),
        ("&ge;&lt;&gt;&amp;&quot;&laquo;&raquo;&#12345678;", '&ge;<>&"&laquo;&raquo;&#12345678;', []),
        ("&lt &#1046;&#x436 &apos;", "< Жж &apos;", []),
        ("➡️ ➡️<i>➡️ ➡️</i>", "➡️ ➡️➡️ ➡️", [Entity("italic", 5, 5)]),
        ("🏟 🏟<b>🏟</b>", "🏟 🏟🏟", [Entity("bold", 5, 2)]),
        ("<B>a</b><u><s>b</></u >", "ab", [("bold", 0, 1), ("underline", 1, 1), ("strikethrough", 1, 1)]),
        ("<i>a<b>b</b></i>", "ab", [Entity("italic", 0, 2), Entity("bold", 1, 1)]),
        ("<b></b>a", "a", []),
        ("<tg-spoiler>a</tg-spoiler><span class=tg-spoiler>b</span>", "ab", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
        ("<a href='https://osce.org'>a</a>", "a", [Entity("text_link", 0, 1, url="https://osce.org/")]),
        ('<a href="https://e.org/?a=1&amp;b=2">a</a>', "a", [Entity("text_link", 0, 1, url="https://e.org/?a=1&b=2")]),
        ("<a href='tg://user?id=7'>a</a>", "a", [Entity("text_mention", 0, 1, user_id=7)]),
        ("<a href='javascript:x'>a</a>", "a", []),
        ("<a>e.org/x</a>", "e.org/x", [Entity("text_link", 0, 7, url="http://e.org/x")]),
        ("<pre>a</pre><code>b</code>", "ab", [Entity("pre", 0, 1), Entity("code", 1, 1)]),
        ('<pre><code class="language-py">a</code></pre>', "a", [Entity("pre", 0, 1, language="py")]),
        ('<code class="language-py"><pre>a</pre></code>', "a", [Entity("pre", 0, 1, language="py")]),
        ('<code class="language-py">a</code>', "a", [Entity("code", 0, 1)]),
        ('<blockquote expandable="">a</blockquote>', "a", [Entity("expandable_blockquote", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [Entity("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [Entity("expandable_blockquote", 0, 1)]),
        ("<tg-emoji emoji-id='5'>a</tg-emoji>", "a", [Entity("custom_emoji", 0, 1, custom_emoji_id="5")]),
    ],
)
def test_markup_becomes_text_and_entities(source, text, entities):
    parsed = parse_html(source)
    wanted = [Entity(*entity) if isinstance(entity, tuple) else entity for entity in entities]
    assert (parsed.text, list(parsed.entities)) == (text, wanted)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Osce.org", "https://Osce.org/"),
        ("osce.org/a b", "http://osce.org/a b"),
        ("t.me/bot?start=c_1", "http://t.me/bot?start=c_1"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("https://localhost/x", None),
        ("mailto:a@b.org", None),
        ("https://[bad", None),
    ],
)
def test_only_web_addresses_become_links(given, kept):
    assert checked_link(given) == kept
