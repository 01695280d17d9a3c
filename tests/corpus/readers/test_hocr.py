from __future__ import annotations

from corpus.readers.hocr import HocrLine, HocrWord, hocr_lines

ANSWER = """<?xml version="1.0"?><html><body><div class='ocr_page' title='image "stdin"; bbox 0 0 2481 3508'>
<p class='ocr_par' title="bbox 1 1 2 2">
<span class='ocr_line' title="bbox 100 200 900 240; baseline 0.01 -10; x_size 42.5">
<span class='ocrx_word' title='bbox 100 200 300 240; x_wconf 96'><strong>The</strong></span>
<span class='ocrx_word' title='bbox 320 200 500 240; x_wconf 40'>re&amp;s</span>
<span class='ocrx_word' title='bbox 880 200 900 240; x_wconf 31'>|</span>
</span><span class='ocr_header' title="bbox 100 300 500 330">
<span class='ocrx_word' title='bbox 100 300 500 330; x_wconf 88'>\u200eخزان\u200f</span></span>
<span class='ocr_line' title="bbox 1 1 5 5"><span class='ocrx_word' title='bbox 1 1 2 2; x_wconf 3'> </span></span>
</p></div></body></html>"""


def test_lines_have_their_words_baseline_and_size() -> None:
    first, second = hocr_lines(ANSWER)
    assert first == HocrLine(100, 900, 234.0, 42.5, [HocrWord(100, 300, 0.96, "The"), HocrWord(320, 500, 0.4, "re&s")])
    assert first.text == "The re&s"
    assert second == HocrLine(100, 500, 330, 30, [HocrWord(100, 500, 0.88, "خزان")])
    assert second.words[0].is_rtl
    assert not first.words[0].is_rtl


def test_nothing_has_no_lines() -> None:
    assert list(hocr_lines("")) == []
