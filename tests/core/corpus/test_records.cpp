// Forms of records and their canonical text; more bad ones than good ones.
#include "core/corpus/problem.h"
#include "core/corpus/record_canonical.h"
#include "core/corpus/record_settings.h"

#include <QJsonDocument>
#include <QtTest>

using namespace athanor;
using namespace athanor::corpus;

namespace {

QJsonObject object(const QByteArray &json) { return QJsonDocument::fromJson(json).object(); }
QJsonObject settings(const QByteArray &json = "{}") { return checkRecordSettings(object(json)).value_or(QJsonObject()); }

}  // namespace

class TestRecords : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void canonical_data()
    {
        QTest::addColumn<QByteArray>("record");
        QTest::addColumn<QString>("format");
        QTest::addColumn<QByteArray>("text");
        const QByteArray hello = R"({"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]})";
        QTest::newRow("messages") << QByteArray(R"({"id":7,"messages":[{"content":"Hello","role":"user"},{"role":"assistant","content":"Hi","weight":1}]})") << "messages" << hello;
        QTest::newRow("messages called conversations") << QByteArray(R"({"conversations":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]})") << "messages" << hello;
        QTest::newRow("sharegpt") << QByteArray(R"({"conversations":[{"from":"human","value":"Hello"},{"from":"gpt","value":"Hi"}]})") << "sharegpt" << hello;
        QTest::newRow("sharegpt with instruction") << QByteArray(R"({"system":"Be kind.","conversations":[{"from":"human","value":"Hello"},{"from":"gpt","value":"Hi"}]})") << "sharegpt"
            << QByteArray(R"({"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]})");
        QTest::newRow("alpaca") << QByteArray(R"({"instruction":"Hello","input":"","output":"Hi"})") << "alpaca" << hello;
        QTest::newRow("alpaca with input") << QByteArray(R"({"instruction":"Add","input":"1 and 2","output":"3"})") << "alpaca"
            << QByteArray(R"({"messages":[{"role":"user","content":"Add\n\n1 and 2"},{"role":"assistant","content":"3"}]})");
        QTest::newRow("alpaca without input") << QByteArray(R"({"instruction":"Hello","output":"Hi"})") << "alpaca" << hello;
        QTest::newRow("prompt") << QByteArray(R"({"prompt":"Hello","completion":"Hi"})") << "prompt" << hello;
        QTest::newRow("question") << QByteArray(R"({"question":"Hello","answer":"Hi","source":"x"})") << "prompt" << hello;
        QTest::newRow("input and output") << QByteArray(R"({"input":"Hello","output":"Hi"})") << "prompt" << hello;
        QTest::newRow("prompt in messages") << QByteArray(R"({"prompt":[{"role":"user","content":"Hello"}],"completion":[{"role":"assistant","content":"Hi"}]})") << "prompt" << hello;
        QTest::newRow("prompt in messages, answer as text") << QByteArray(R"({"prompt":[{"role":"user","content":"Hello"}],"completion":"Hi"})") << "prompt" << hello;
        QTest::newRow("text and label") << QByteArray("{\"label\":\"good\",\"text\":\"So \\\"it\\\" is.\"}") << "labels" << QByteArray("{\"text\":\"So \\\"it\\\" is.\",\"label\":\"good\"}");
        QTest::newRow("label as number") << QByteArray(R"({"sentence":"a","label":3})") << "labels" << QByteArray(R"({"text":"a","label":"3"})");
        QTest::newRow("label as whole real") << QByteArray(R"({"text":"a","label":1.0})") << "labels" << QByteArray(R"({"text":"a","label":"1"})");
        QTest::newRow("label as truth") << QByteArray(R"({"text":"a","label":true})") << "labels" << QByteArray(R"({"text":"a","label":"true"})");
        QTest::newRow("label with blanks") << QByteArray(R"({"text":"a","label":" good "})") << "labels" << QByteArray(R"({"text":"a","label":"good"})");
        QTest::newRow("parts of text") << QByteArray(R"({"messages":[{"role":"user","content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]},{"role":"assistant","content":"Hi"}]})") << "messages" << hello;
        QTest::newRow("tools and calls") << QByteArray(R"({"tools":[{"type":"function","function":{"name":"add","parameters":{"z":1,"a":2}}}],"messages":[{"role":"user","content":"1+1"},)"
            "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"function\":{\"arguments\":\"{\\\"z\\\":1,\\\"a\\\":1}\",\"name\":\"add\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"2\"},{\"role\":\"assistant\",\"content\":\"2\"}]}")
            << "messages"
            << QByteArray(R"({"messages":[{"role":"user","content":"1+1"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":{"z":1,"a":1}}}]},)"
                          R"({"role":"tool","content":"2","tool_call_id":"c1"},{"role":"assistant","content":"2"}],"tools":[{"type":"function","function":{"name":"add","parameters":{"z":1,"a":2}}}]})");
        QTest::newRow("sharegpt calls") << QByteArray("{\"tools\":\"[{\\\"name\\\":\\\"f\\\"}]\",\"conversations\":[{\"from\":\"human\",\"value\":\"go\"},{\"from\":\"function_call\",\"value\":\"{\\\"name\\\":\\\"f\\\",\\\"arguments\\\":{}}\"},{\"from\":\"observation\",\"value\":\"1\"},{\"from\":\"gpt\",\"value\":\"done\"}]}")
            << "sharegpt"
            << QByteArray(R"({"messages":[{"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"f","arguments":{}}}]},)"
                          R"({"role":"tool","content":"1"},{"role":"assistant","content":"done"}],"tools":[{"name":"f"}]})");
        QTest::newRow("reasoning") << QByteArray(R"({"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi","reasoning_content":"hm"}]})") << "messages"
            << QByteArray(R"({"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi","reasoning_content":"hm"}]})");
    }
    void canonical()
    {
        QFETCH(QByteArray, record);
        QFETCH(QString, format);
        QFETCH(QByteArray, text);
        const auto form = recordFormOf({record}, settings());
        QVERIFY2(form.has_value(), form ? "" : qPrintable(form.error().message));
        QCOMPARE(form->format, format);
        QVERIFY(form->why.contains(QLatin1String("the first 1 records")));
        const CanonicalResult made = canonicalRecord(record, *form);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().detail));
        QCOMPARE(made->json, text);
        const auto again = recordFormOf({made->json}, settings());
        QCOMPARE(canonicalRecord(made->json, *again)->json, text);  // canonical text is its own canonical text
    }

    void badRecords_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QByteArray>("record");
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const char *format, const QByteArray &record, const char *id, const char *says) {
            QTest::newRow(name) << QString::fromLatin1(format) << record << QString::fromLatin1(id) << QString::fromUtf8(says);
        };
        row("no messages column", "messages", R"({"chat":[],"id":1})", "missing_column", "it has: chat, id");
        row("messages null", "messages", R"({"messages":null})", "missing_column", "messages");
        row("messages a text", "messages", R"({"messages":"hello"})", "wrong_type", "a text");
        row("message a text", "messages", R"({"messages":["hello"]})", "wrong_type", "Message 1");
        row("no role", "messages", R"({"messages":[{"content":"a"}]})", "unknown_role", "“content”");
        row("role a number", "messages", R"({"messages":[{"role":1,"content":"a"}]})", "unknown_role", "Message 1");
        row("unknown role", "messages", R"({"messages":[{"role":"user","content":"a"},{"role":"narrator","content":"b"}]})", "unknown_role", "“narrator”");
        row("no content", "messages", R"({"messages":[{"role":"user"},{"role":"assistant","content":"b"}]})", "missing_column", "Message 1 has no “content”");
        row("content a number", "messages", R"({"messages":[{"role":"user","content":5},{"role":"assistant","content":"b"}]})", "wrong_type", "a number");
        row("a picture", "messages", R"({"messages":[{"role":"user","content":[{"type":"image"}]},{"role":"assistant","content":"b"}]})", "not_text", "not text");
        row("empty list", "messages", R"({"messages":[]})", "no_answer", "no messages");
        row("no answer", "messages", R"({"messages":[{"role":"user","content":"a"}]})", "no_answer", "None of its 1");
        row("empty answer", "messages", R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":" \n"}]})", "empty_answer", "Message 2");
        row("empty question", "messages", R"({"messages":[{"role":"user","content":""},{"role":"assistant","content":"b"}]})", "empty_message", "Message 1");
        row("begins with an answer", "messages", R"({"messages":[{"role":"assistant","content":"b"}]})", "turns", "nothing was asked");
        row("two answers", "messages", R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"c"}]})", "turns", "2 and 3");
        row("result without a call", "messages", R"({"messages":[{"role":"user","content":"a"},{"role":"tool","content":"b"},{"role":"assistant","content":"c"}]})", "turns", "no tool was called");
        row("call without a name", "messages", R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"function":{}}]}]})", "tool_call", "no name");
        row("call with broken arguments", "messages", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}]}", "tool_call", "“f”");
        row("tools a number", "messages", R"({"tools":[1],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})", "wrong_type", "description of a tool");
        row("sharegpt call no json", "sharegpt", R"({"messages":[{"from":"human","value":"a"},{"from":"function_call","value":"call f"}]})", "tool_call", "not JSON");
        row("sharegpt without value", "sharegpt", R"({"messages":[{"from":"human","text":"a"},{"from":"gpt","value":"b"}]})", "missing_column", "“value”");
        row("alpaca without output", "alpaca", R"({"instruction":"a","input":"b"})", "missing_column", "“output”");
        row("alpaca with a list", "alpaca", R"({"instruction":["a"],"output":"b"})", "wrong_type", "“instruction”");
        row("alpaca with empty output", "alpaca", R"({"instruction":"a","output":""})", "empty_answer", "Message 2");
        row("alpaca with empty instruction", "alpaca", R"({"instruction":"","output":"b"})", "empty_message", "Message 1");
        row("prompt with number", "prompt", R"({"prompt":"a","completion":5})", "wrong_type", "“completion”");
        row("prompt missing", "prompt", R"({"completion":"b","id":"7"})", "missing_column", "it has: completion, id");
        row("completion of questions", "prompt", R"({"prompt":"a","completion":[{"role":"user","content":"b"}]})", "no_answer", "None of its 2");
        row("no label", "labels", R"({"text":"a"})", "no_label", "“label”");
        row("null label", "labels", R"({"text":"a","label":null})", "no_label", "“label”");
        row("blank label", "labels", R"({"text":"a","label":"  "})", "no_label", "“label”");
        row("list of labels", "labels", R"({"text":"a","label":["x"]})", "wrong_type", "“label”");
        row("half a label", "labels", R"({"text":"a","label":0.5})", "wrong_type", "“label”");
        row("no text", "labels", R"({"label":"x"})", "missing_column", "“text”");
        row("empty text", "labels", R"({"text":" ","label":"x"})", "empty_text", "“text”");
        row("not an object", "labels", "[1,2]", "not_object", "not a JSON object");
        row("cut", "labels", "{\"text\":\"a\",\"lab", "not_object", "not a JSON object");
        row("deep", "labels", "{\"text\":" + QByteArray("[").repeated(100000) + QByteArray("]").repeated(100000) + "}", "not_object", "64 levels");
    }
    void badRecords()
    {
        QFETCH(QString, format);
        QFETCH(QByteArray, record);
        QFETCH(QString, id);
        QFETCH(QString, says);
        RecordForm form;
        form.format = format;
        for (const char *what : {"messages", "instruction", "input", "output", "prompt", "completion", "text", "label", "tools"})
            form.columns[QLatin1String(what)] = QLatin1String(what);
        const CanonicalResult made = canonicalRecord(record, form);
        QVERIFY(!made);
        QCOMPARE(made.error().id, id);
        QVERIFY2(made.error().detail.contains(says), qPrintable(made.error().detail));
        QVERIFY(!made.error().title.isEmpty() && made.error().title != made.error().id);
    }

    void forms_data()
    {
        QTest::addColumn<QByteArrayList>("records");
        QTest::addColumn<QByteArray>("chosen");
        QTest::addColumn<QString>("format");
        QTest::addColumn<QStringList>("columns");
        const auto row = [](const char *name, const QByteArrayList &records, const QByteArray &chosen, const char *format, const QStringList &columns) {
            QTest::newRow(name) << records << chosen << QString::fromLatin1(format) << columns;
        };
        row("mapped columns choose the format", {R"({"Frage":"a","Antwort":"b","text":"x"})"}, R"({"columns":{"prompt":"Frage","completion":"Antwort"}})", "prompt",
            {QStringLiteral("Antwort"), QStringLiteral("Frage")});
        row("one mapped column", {R"({"Frage":"a","answer":"b"})"}, R"({"columns":{"prompt":"Frage"}})", "prompt", {QStringLiteral("answer"), QStringLiteral("Frage")});
        row("chosen format", {R"({"messages":[{"role":"user","content":"a"}],"question":"a","answer":"b"})"}, R"({"format":"prompt"})", "prompt", {QStringLiteral("answer"), QStringLiteral("question")});
        row("prompt beside messages", {R"({"prompt":"a","prompt_id":"1","messages":[{"role":"user","content":"a"}]})"}, "{}", "messages", {QStringLiteral("messages")});
        row("first record has nulls", {R"({"question":null,"answer":"b"})", R"({"question":"a","answer":"b"})"}, "{}", "prompt", {QStringLiteral("answer"), QStringLiteral("question")});
        row("mapped label", {R"({"text":"a","stars":5})"}, R"({"columns":{"label":"stars"}})", "labels", {QStringLiteral("stars"), QStringLiteral("text")});
        row("question with output, chosen", {R"({"question":"a","output":"b"})"}, R"({"format":"prompt"})", "prompt", {QStringLiteral("output"), QStringLiteral("question")});
    }
    void forms()
    {
        QFETCH(QByteArrayList, records);
        QFETCH(QByteArray, chosen);
        QFETCH(QString, format);
        QFETCH(QStringList, columns);
        const auto form = recordFormOf({records.begin(), records.end()}, settings(chosen));
        QVERIFY2(form.has_value(), form ? "" : qPrintable(form.error().message));
        QCOMPARE(form->format, format);
        QCOMPARE(form->columns.values(), columns);
    }

    void refusedForms_data()
    {
        QTest::addColumn<QByteArray>("record");
        QTest::addColumn<QByteArray>("chosen");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const QByteArray &record, const QByteArray &chosen, const char *reason, const char *says) {
            QTest::newRow(name) << record << chosen << QString::fromLatin1(reason) << QString::fromUtf8(says);
        };
        row("nothing known", R"({"Question":"a","Best Answer":"b"})", "{}", "format", "“Question”, “Best Answer”");
        row("no columns", "{}", "{}", "format", "none");
        row("only a text", R"({"text":"a"})", "{}", "format", "“text”");
        row("answers of numbers", R"({"question":"a","answer":5})", "{}", "format", "“answer”");
        row("list of labels", R"({"text":"a","label":[1]})", "{}", "format", "“label”");
        row("messages and questions", R"({"messages":[{"role":"user","content":"a"}],"question":"a","answer":"b"})", "{}", "columns", "Conversations as messages");
        row("texts with labels and questions", R"({"text":"a","label":"b","prompt":"a","completion":"b"})", "{}", "columns", " or ");
        row("two answers", R"({"prompt":"a","completion":"b","response":"c"})", "{}", "columns", "response");
        row("chosen, missing", R"({"question":"a","reply":"b"})", R"({"format":"prompt"})", "columns", "completion (usually called");
        row("mapped, missing", R"({"question":"a","answer":"b"})", R"({"columns":{"prompt":"Frage"}})", "columns", "mapped to “Frage”");
        row("optional mapped, missing", R"({"question":"a","answer":"b"})", R"({"columns":{"system":"rules"}})", "columns", "“rules”");
        row("chosen messages, of the other kind", R"({"messages":[{"from":"human","value":"a"}]})", R"({"format":"messages"})", "columns", "messages");
    }
    void refusedForms()
    {
        QFETCH(QByteArray, record);
        QFETCH(QByteArray, chosen);
        QFETCH(QString, reason);
        QFETCH(QString, says);
        const auto form = recordFormOf({record}, settings(chosen));
        QVERIFY(!form);
        QCOMPARE(problemReason(form.error()), reason);
        QVERIFY2(form.error().message.contains(says), qPrintable(form.error().message));
        QVERIFY(!form.error().hint.isEmpty());
    }

    void settingsAndForm()
    {
        QVERIFY(!recordsSchema().parameters().empty());
        const QJsonObject checked = settings(R"({"format":"prompt","columns":{"prompt":"q","completion":""}})");
        QCOMPARE(checked, object(R"({"format":"prompt","columns":{"prompt":"q"},"most_labels":1000})"));
        QCOMPARE(recordSettingsFrom(*recordsSchema().validate(recordFormValues(checked))), checked);
        QCOMPARE(settings(), object(R"({"format":"auto","columns":{},"most_labels":1000})"));
    }
    void badSettings_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("unknown entry") << QByteArray(R"({"form":"auto"})");
        QTest::newRow("unknown format") << QByteArray(R"({"format":"xml"})");
        QTest::newRow("unknown column") << QByteArray(R"({"columns":{"promt":"x"}})");
        QTest::newRow("format as column") << QByteArray(R"({"columns":{"format":"prompt"}})");
        QTest::newRow("column name a number") << QByteArray(R"({"columns":{"prompt":3}})");
        QTest::newRow("columns a list") << QByteArray(R"({"columns":[]})");
        QTest::newRow("one label") << QByteArray(R"({"most_labels":1})");
        QTest::newRow("column beside columns") << QByteArray(R"({"prompt":"x"})");
    }
    void badSettings()
    {
        QFETCH(QByteArray, json);
        const auto checked = checkRecordSettings(object(json));
        QVERIFY(!checked);
        QCOMPARE(checked.error().code, ErrorCode::InvalidInput);
    }
};

QTEST_APPLESS_MAIN(TestRecords)
#include "test_records.moc"
