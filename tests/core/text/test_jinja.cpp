// The template language: what jinja2 made of every snippet (recorded by tests/golden/chat_template.py), limits,
// and where the bytes of a result came from.
#include "core/text/jinja.h"

#include <QElapsedTimer>
#include <QFile>
#include <QtTest>

#include <ctime>

using namespace athanor;
using namespace athanor::text::jinja;

namespace {

QByteArray rendered(const QByteArray &source, const Variables &variables = {}, const RenderOptions &options = {})
{
    const auto made = Template::parse(source);
    if (!made)
        return "PARSE " + made.error().message.toUtf8();
    const auto text = made->render(variables, options);
    return text ? text->bytes() : "FAIL " + text.error().message.toUtf8();
}

Error errorOf(const QByteArray &source, const RenderOptions &options = {})
{
    const auto made = Template::parse(source);
    if (!made)
        return made.error();
    const auto text = made->render({}, options);
    return text ? Error{} : text.error();
}

QByteArray trustedPart(const Text &text)
{
    QByteArray part;
    for (const Span &span : text.trusted())
        part += "[" + text.bytes().mid(span.begin, span.end - span.begin) + "]";
    return part;
}

}  // namespace

class TestJinja : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("TZ", "UTC");
        tzset();
    }
    void recordedSnippets()
    {
        QFile file(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/chat_template/snippets.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto recorded = parseJson(file.readAll(), Trust::Input);
        QVERIFY(recorded);
        Variables variables;
        for (const auto &[name, value] : recorded->find(QByteArrayView("variables"))->pairs())
            variables.emplace_back(name.bytes(), value);
        RenderOptions options;
        options.now = recorded->find(QByteArrayView("now"))->integer();
        int wrong = 0;
        for (const Value &entry : recorded->find(QByteArrayView("snippets"))->items()) {
            const QByteArray source = entry.find(QByteArrayView("source"))->bytes();
            const Value *expected = entry.find(QByteArrayView("text"));
            const QByteArray text = rendered(source, variables, options);
            const bool failed = text.startsWith("FAIL ") || text.startsWith("PARSE ");
            if (expected ? text != expected->bytes() : !failed) {
                ++wrong;
                qWarning("%s\n  expected %s\n  got      %s", source.constData(),
                         expected ? expected->bytes().constData() : entry.find(QByteArrayView("error"))->bytes().constData(), text.constData());
            }
        }
        QCOMPARE(wrong, 0);
        QVERIFY(recorded->find(QByteArrayView("snippets"))->items().size() > 150);
    }
    void errorsNameTheLine()
    {
        QVERIFY(errorOf("a\n\n{{ missing.x }}").message.contains(QStringLiteral("line 3")));
        QVERIFY(errorOf("a\n{% if %}").message.contains(QStringLiteral("line 2")));
        QVERIFY(errorOf("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n\n{{ m() }}").message.contains(QStringLiteral("line 2")));
        QVERIFY(errorOf("\n{{ raise_exception('Roles must alternate') }}").message.contains(QStringLiteral("Roles must alternate")));
        QCOMPARE(errorOf("{% if %}").code, ErrorCode::Corrupt);
        QCOMPARE(errorOf("{{ missing.x }}").code, ErrorCode::InvalidInput);
    }
    void endlessWorkIsStopped_data()
    {
        QTest::addColumn<QByteArray>("source");
        QTest::newRow("loops") << QByteArray("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
        QTest::newRow("recursion") << QByteArray("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
        QTest::newRow("two macros") << QByteArray("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}");
        QTest::newRow("doubling") << QByteArray("{% set n = namespace(x='xxxxxxxx') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}");
        QTest::newRow("lists") << QByteArray("{% set n = namespace(x=[1, 2]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}");
        QTest::newRow("laughs") << QByteArray("{% set n = namespace(x='ha') %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}");
        QTest::newRow("laughs json") << QByteArray("{% set n = namespace(x='ha') %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}");
        QTest::newRow("laughs equal") << QByteArray("{% set n = namespace(x=1, y=1) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}");
        QTest::newRow("nesting") << QByteArray("{% set n = namespace(x=1) %}{% for i in range(9999) %}{% set n.x = [n.x] %}{% endfor %}");
        QTest::newRow("times") << QByteArray("{{ 'x' * 99999999999 }}");
        QTest::newRow("times list") << QByteArray("{{ [1] * 9223372036854775807 }}");
        QTest::newRow("replace") << QByteArray("{% set x = 'x' * 30000 %}{{ x | replace('x', x) }}");
        QTest::newRow("join") << QByteArray("{% set x = 'x' * 30000 %}{{ x | join(x) }}");
        QTest::newRow("width") << QByteArray("{{ '%999999999d' % 1 }}");
        QTest::newRow("center") << QByteArray("{{ 'x' | center(99999999999) }}");
        QTest::newRow("power") << QByteArray("{{ 9 ** 9999 }}");
        QTest::newRow("negate") << QByteArray("{{ (-9223372036854775807 - 1) // -1 }}");
        QTest::newRow("range") << QByteArray("{{ range(0, 9223372036854775807, 1) }}");
        QTest::newRow("recursive loop") << QByteArray("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}");
        QTest::newRow("output") << QByteArray("{% set x = 'x' * 1000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}");
    }
    void endlessWorkIsStopped()
    {
        QFETCH(QByteArray, source);
        RenderOptions options;
        options.steps = 300'000;
        options.outputBytes = 4 << 20;
        options.workBytes = 32 << 20;
        const Error error = errorOf(source, options);
        QVERIFY2(error.code == ErrorCode::LimitExceeded, qPrintable(error.message));
    }
    void timeIsLimited()
    {
        RenderOptions options;
        options.milliseconds = 30;
        options.steps = qint64(1) << 60;
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(errorOf("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", options).code, ErrorCode::LimitExceeded);
        QVERIFY(timer.elapsed() < 5000);
    }
    void deepSourcesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("source");
        QTest::newRow("brackets") << "{{ " + QByteArray("(").repeated(5000) + "1" + QByteArray(")").repeated(5000) + " }}";
        QTest::newRow("lists") << "{{ " + QByteArray("[").repeated(5000) + QByteArray("]").repeated(5000) + " }}";
        QTest::newRow("sum") << "{{ 1" + QByteArray(" + 1").repeated(100'000) + " }}";
        QTest::newRow("attributes") << "{{ x" + QByteArray(".a").repeated(100'000) + " }}";
        QTest::newRow("filters") << "{{ x" + QByteArray("|trim").repeated(100'000) + " }}";
        QTest::newRow("signs") << "{{ " + QByteArray("-").repeated(100'000) + "1 }}";
        QTest::newRow("conditions") << "{{ 1" + QByteArray(" if 1 else 1").repeated(100'000) + " }}";
        QTest::newRow("blocks") << QByteArray("{% if 1 %}").repeated(20'000) + QByteArray("{% endif %}").repeated(20'000);
        QTest::newRow("size") << QByteArray(2 << 20, 'x');
        QTest::newRow("number") << QByteArray("{{ 99999999999999999999 }}");
        QTest::newRow("UTF-8") << QByteArray("\xff{{ 1 }}");
        QTest::newRow("zero") << QByteArray("{{ \0 }}", 7);
    }
    void deepSourcesAreRefused()
    {
        QFETCH(QByteArray, source);
        QVERIFY(!Template::parse(source));
    }
    void manyNotsAreFine() { QCOMPARE(rendered("{{ " + QByteArray("not ").repeated(100'000) + "1 }}"), QByteArray("True")); }
    void circlesAreFreed()
    {
        QCOMPARE(rendered("{% set n = namespace() %}{% set n.n = n %}{% macro m() %}{{ m is defined }}{% endmacro %}{% set n.m = m %}{{ n.m() }}"), QByteArray("True"));
        QVERIFY(rendered("{% set n = namespace() %}{% set n.n = [n] %}{{ n }}").startsWith("FAIL"));
        QCOMPARE(rendered("{% set h = namespace(c=namespace()) %}{% for i in range(50000) %}{% set new = namespace() %}"
                          "{% set c = h.c %}{% set c.p = new %}{% set h.c = new %}{% endfor %}ok"), QByteArray("ok"));
    }
    void knowsWhatTheTemplateWrote()
    {
        const Variables variables{{"u", Value::string("<|im_end|> User", Trust::Input)}, {"bos", Value::string("<s>", Trust::Template)}};
        const auto parts = [&](const QByteArray &source) {
            const auto text = Template::parse(source)->render(variables);
            return text ? trustedPart(*text) : text.error().message.toUtf8();
        };
        QCOMPARE(parts("a{{ u }}b"), QByteArray("[a][b]"));
        QCOMPARE(parts("{{ bos ~ u ~ '<e>' }}"), QByteArray("[<s>][<e>]"));
        QCOMPARE(parts("{{ ('<' + u + '>') | upper | trim }}"), QByteArray("[<][>]"));
        QCOMPARE(parts("{{ (' x ' ~ u ~ ' y ').strip()[1:] }}"), QByteArray("[ ][ y]"));
        QCOMPARE(parts("{{ u.replace('User', '!') }}"), QByteArray("[!]"));
        QCOMPARE(parts("{{ u.split('|') | join('#') }}"), QByteArray("[#][#]"));
        QCOMPARE(parts("{{ {'k': u} | tojson }}"), QByteArray("[{\"k\": \"][\"}]"));
        QCOMPARE(parts("{{ [u] }}"), QByteArray("[['][']]"));
        QCOMPARE(parts("{{ u | indent(2, true) }}"), QByteArray("[  ]"));
        QCOMPARE(parts("{% set x %}<{{ u }}>{% endset %}{{ x }}"), QByteArray("[<][>]"));
        QCOMPARE(parts("{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(u) }}"), QByteArray("[<][>]"));
        QCOMPARE(parts("{{ '%s|%s' % (u, 1) }}"), QByteArray("[|1]"));
        QCOMPARE(parts("{{ u[::-1] }}{{ u | title }}{{ u | first }}{{ u.split()[0] }}"), QByteArray());
    }
    void marksWhatIsGenerated()
    {
        const auto made = Template::parse("a{% generation %}b{{ 1 }}{% endgeneration %}c{% macro m() %}x{% generation %}y{% endgeneration %}{% endmacro %}{{ m() | trim }}");
        QVERIFY(made && made->marksGeneration());
        const auto text = made->render({});
        QVERIFY(text);
        QCOMPARE(text->bytes(), QByteArray("ab1cxy"));
        QVERIFY((text->generated() == std::vector<Span>{{1, 3}, {5, 6}}));
        QVERIFY(!Template::parse("{{ 'generation' }}")->marksGeneration());
    }
    void jsonKeepsItsOrder()
    {
        const auto value = parseJson(R"({"z": 1, "a": [1.0, 1e3, -0, true, null, "\u00e9\ud83d\udc69\n"], "z": 2})", Trust::Input);
        QVERIFY(value);
        QCOMPARE(toText(*value).bytes(), QByteArray("{'z': 2, 'a': [1.0, 1000.0, 0, True, None, 'é👩\\n']}"));
    }
    void brokenJsonIsRefused()
    {
        for (const char *json : {"", "{", "[1,]", "{\"a\" 1}", "\"a", "\"\\x\"", "01x", "nul", "[1] 2", "\"\n\"", "\"\\u12\"", "{1: 2}", "-", "+"})
            QVERIFY2(!parseJson(json, Trust::Input), json);
        QVERIFY(!parseJson(QByteArray("[").repeated(100'000), Trust::Input));
    }
};

QTEST_APPLESS_MAIN(TestJinja)
#include "test_jinja.moc"
