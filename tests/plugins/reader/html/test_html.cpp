#include "plugins/reader/html/html.h"

#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

namespace {

QByteArray textOf(const QByteArray &html, bool keepNavigation = false)
{
    auto document = htmlToText(html, keepNavigation);
    return document ? document->text : "ERROR " + document.error().message.toUtf8();
}

}  // namespace

class TestHtml : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void layout_data()
    {
        QTest::addColumn<QByteArray>("html");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("no tags") << QByteArray("plain  text") << QByteArray("plain text\n");
        QTest::newRow("paragraphs") << QByteArray("<p>a\n b</p><p>c</p>") << QByteArray("a b\n\nc\n");
        QTest::newRow("inline") << QByteArray("<p>a <b>b</b><i>c</i> , <code>d</code></p>") << QByteArray("a bc , d\n");
        QTest::newRow("heading") << QByteArray("<h1>T</h1><div>a</div><div>b</div>") << QByteArray("T\n\na\nb\n");
        QTest::newRow("break") << QByteArray("<p>a<br>b<br/>c</p>") << QByteArray("a\nb\nc\n");
        QTest::newRow("list") << QByteArray("<p>x</p><ul><li>a<li><p>b</p></li><li>c</ul><p>y</p>") << QByteArray("x\n\n- a\n- b\n- c\n\ny\n");
        QTest::newRow("numbered") << QByteArray("<ol start=3><li>a</li><li>b</li></ol>") << QByteArray("3. a\n4. b\n");
        QTest::newRow("nested") << QByteArray("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>") << QByteArray("- a\n  - b\n- c\n");
        QTest::newRow("item of two paragraphs") << QByteArray("<ul><li><p>a</p><p>b</p></li></ul>") << QByteArray("- a\n\n  b\n");
        QTest::newRow("code") << QByteArray("<p>x</p><pre>\nif a:\n    <span>b</span>\n\n    c\n</pre><p>y</p>") << QByteArray("x\n\nif a:\n    b\n\n    c\n\ny\n");
        QTest::newRow("code's first indentation") << QByteArray("<pre>    a\n  b</pre>") << QByteArray("    a\n  b\n");
        QTest::newRow("code in a list") << QByteArray("<ul><li>a<pre>x\n y</pre></li></ul>") << QByteArray("- a\n\n  x\n   y\n");
        QTest::newRow("table") << QByteArray("<p>x</p><table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>")
                               << QByteArray("x\n\nA | B\n1 | 2 3\n");
        QTest::newRow("empty cells") << QByteArray("<table><tr><td>a</td><td></td><td>c</td><td></td></tr></table>") << QByteArray("a | | c\n");
        QTest::newRow("table for layout") << QByteArray("<table><tr><td>1\n2</td><td><pre>a\n  b</pre></td></tr></table>") << QByteArray("1 2\n\na\n  b\n");
        QTest::newRow("definitions") << QByteArray("<dl><dt>f(x)</dt><dd><p>does</p></dd><dt>g()</dt><dd>more</dd></dl>") << QByteArray("f(x)\n\ndoes\n\ng()\nmore\n");
        QTest::newRow("entities") << QByteArray("<p>&lt;a&gt; &amp; &#228; &eacute;&nbsp;x</p>") << QByteArray("<a> & ä é\u00a0x\n");
        QTest::newRow("never text") << QByteArray("<script>var x</script><style>p{}</style><!-- c --><p>a</p><svg><text>s</text></svg><template>t</template>") << QByteArray("a\n");
        QTest::newRow("unclosed") << QByteArray("<div><p>a<p>b<ul><li>c") << QByteArray("a\n\nb\n\n- c\n");
        QTest::newRow("stray ends") << QByteArray("</div></p></li></table>a</pre>") << QByteArray("a\n");
        QTest::newRow("null byte") << QByteArray("<p>a\0b</p>", 10) << QByteArray("ab\n");
    }
    void layout()
    {
        QFETCH(QByteArray, html);
        QFETCH(QByteArray, text);
        QCOMPARE(textOf(html), text);
    }

    void boilerplateGoes_data()
    {
        QTest::addColumn<QByteArray>("html");
        QTest::newRow("nav") << QByteArray("<nav>menu</nav><p>text</p><footer>f</footer>");
        QTest::newRow("roles") << QByteArray("<div role=navigation>m</div><form role=search><label>s</label></form><p>text</p><div role=contentinfo>f</div>");
        QTest::newRow("classes") << QByteArray("<div class='sphinxsidebar x'>m</div><div class=related>m</div><p>text<a class=headerlink>¶</a></p>");
        QTest::newRow("main") << QByteArray("<div>around</div><div role=main><p>text</p></div><p>around</p>");
        QTest::newRow("main element") << QByteArray("<p>around</p><main><p>text</p></main>");
        QTest::newRow("hidden") << QByteArray("<p hidden>h</p><p style='Display: none'>h</p><p aria-hidden=true>h</p><p>text</p>");
        QTest::newRow("fields") << QByteArray("<p>text</p><select><option>a</select><button>b</button><textarea>c</textarea>");
    }
    void boilerplateGoes()
    {
        QFETCH(QByteArray, html);
        QCOMPARE(textOf(html), QByteArray("text\n"));
    }

    void navigationCanStay()
    {
        QCOMPARE(textOf("<nav>menu</nav><main><p>text</p></main>", true), QByteArray("menu\n\ntext\n"));
    }

    void linkAndCodeShares()
    {
        auto document = htmlToText("<p>1234<a>5678</a></p><pre>12345678</pre>", false);
        QVERIFY(document);
        QCOMPARE(document->facts.value(QStringLiteral("link_share")), 0.25);
        QCOMPARE(document->facts.value(QStringLiteral("code_share")), 0.5);
    }

    void declaredCharset()
    {
        QCOMPARE(textOf("<meta charset=\"iso-8859-1\"><p>caf\xe9</p>"), QByteArray("café\n"));
        QCOMPARE(textOf("<meta http-equiv=Content-Type content='text/html; charset=windows-1251'><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>"), QByteArray("Привет\n"));
        QCOMPARE(textOf(QByteArray("\xff\xfe<\0p\0>\0a\0", 10)), QByteArray("a\n"));
    }

    void nestedTooDeep()
    {
        auto document = htmlToText(QByteArray("<div>").repeated(200000) + "x", false);
        QVERIFY(!document);
        QCOMPARE(problemReason(document.error()), QStringLiteral("broken"));
        QVERIFY(htmlToText(QByteArray("<div>").repeated(500) + "x", false));
    }

    void manyUnclosed()
    {
        QCOMPARE(textOf(QByteArray("<p>a").repeated(2000)).count('a'), 2000);
        QVERIFY(textOf(QByteArray("<ul><li>").repeated(300) + "x").contains("x"));
    }

    void binary()
    {
        auto document = htmlToText(QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + QByteArray(100, '\0'), false);
        QVERIFY(!document);
        QCOMPARE(problemReason(document.error()), QStringLiteral("encoding"));
    }

    void sphinxPage()
    {
        const QByteArray page =
            "<html><head><title>json</title></head><body><div class=mobile-nav><nav>Table of Contents</nav></div>"
            "<div class=related role=navigation>index modules next previous</div>"
            "<div class=document><div class=body role=main><section><h1><code>json</code> — JSON<a class=headerlink>¶</a></h1>"
            "<dl class='py function'><dt class='sig'><span>json.</span><span>dump</span><span>(</span><em>obj</em>)</dt>"
            "<dd><p>Serialize <em>obj</em>.</p><div class='highlight'><pre><span></span><span>&gt;&gt;&gt; </span>json.dump(1)\n</pre></div></dd></dl>"
            "</section><div class=clearer></div></div></div><div class=sphinxsidebar><h4>Previous topic</h4></div>"
            "<div class=footer>&copy; Copyright</div></body></html>";
        QCOMPARE(textOf(page), QByteArray("json — JSON\n\njson.dump(obj)\n\nSerialize obj.\n\n>>> json.dump(1)\n"));
    }
};

QTEST_APPLESS_MAIN(TestHtml)
#include "test_html.moc"
