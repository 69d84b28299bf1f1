#include "core/corpus/record_canonical.h"

#include "core/corpus/json_text.h"
#include "core/corpus/record_chat.h"
#include "core/text/segment.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

using Checked = tl::expected<void, RecordProblem>;
using Text = tl::expected<QByteArray, RecordProblem>;

RecordJson message(const char *role, const QByteArray &content)
{
    return RecordJson{{"role", role}, {"content", content.toStdString()}};
}

class RecordMaker {
public:
    RecordMaker(const RecordJson &record, const RecordForm &form) : m_record(record), m_form(form) {}

    CanonicalResult make()
    {
        if (m_form.kind() == RecordKind::Labels)
            return makeLabelled();
        using Way = Checked (RecordMaker::*)();
        static const QMap<QString, Way> ways{{QStringLiteral("messages"), &RecordMaker::takeMessages},
                                             {QStringLiteral("sharegpt"), &RecordMaker::takeMessages},
                                             {QStringLiteral("alpaca"), &RecordMaker::takeInstruction},
                                             {QStringLiteral("prompt"), &RecordMaker::takePrompt}};
        Checked taken = (this->*ways.value(m_form.format))();
        if (taken)
            taken = addSystem();
        if (taken)
            taken = checkConversation(m_messages);
        if (taken)
            taken = addTools();
        if (!taken)
            return tl::unexpected(taken.error());
        return written();
    }

private:
    QString column(const char *what) const { return m_form.columns.value(QLatin1String(what)); }
    const RecordJson *entry(const char *what) const
    {
        const QString name = column(what);
        const RecordJson *value = name.isEmpty() ? nullptr : entryOf(m_record, name);
        return value && value->is_null() ? nullptr : value;
    }
    tl::unexpected<RecordProblem> missing(const char *what) const
    {
        QStringList keys;
        for (const auto &item : m_record.items())
            keys += nameOf(item.key());
        return badRecord("missing_column", tr("It has no “%1”; it has: %2.").arg(column(what), keys.isEmpty() ? tr("nothing") : keys.mid(0, 30).join(QStringLiteral(", "))));
    }
    Text textOf(const char *what) const
    {
        const RecordJson *value = entry(what);
        if (!value)
            return missing(what);
        if (!value->is_string())
            return badRecord("wrong_type", tr("“%1” is not a text.").arg(column(what)));
        return bytesOf(*value).toByteArray();
    }
    /// The same, and empty where the column is not in the form or the record.
    Text optionalText(const char *what) const { return entry(what) ? textOf(what) : Text(QByteArray()); }

    Checked takeMessages()
    {
        const RecordJson *turns = entry("messages");
        if (!turns)
            return missing("messages");
        return append(*turns);
    }
    Checked append(const RecordJson &turns)
    {
        MessagesResult made = canonicalMessages(turns);
        if (!made)
            return tl::unexpected(made.error());
        for (RecordJson &one : *made)
            m_messages.push_back(std::move(one));
        return {};
    }

    Checked takeInstruction()
    {
        const Text instruction = textOf("instruction"), input = optionalText("input"), output = textOf("output");
        for (const Text *text : {&instruction, &input, &output})
            if (!*text)
                return tl::unexpected(text->error());
        const bool hasInput = !text::trimmed(*input).isEmpty();
        m_messages.push_back(message("user", hasInput ? *instruction + "\n\n" + *input : *instruction));
        m_messages.push_back(message("assistant", *output));
        return {};
    }

    Checked takeTurn(const char *what, const char *role)
    {
        const RecordJson *value = entry(what);
        if (value && value->is_array())
            return append(*value);
        const Text text = textOf(what);
        if (!text)
            return tl::unexpected(text.error());
        m_messages.push_back(message(role, *text));
        return {};
    }
    Checked takePrompt()
    {
        const Checked prompt = takeTurn("prompt", "user");
        return prompt ? takeTurn("completion", "assistant") : prompt;
    }

    Checked addSystem()
    {
        const Text system = optionalText("system");
        if (!system)
            return tl::unexpected(system.error());
        const bool hasOwn = !m_messages.empty() && m_messages.front()["role"] == "system";
        if (!hasOwn && !text::trimmed(*system).isEmpty())
            m_messages.insert(m_messages.begin(), message("system", *system));
        return {};
    }
    Checked addTools()
    {
        const RecordJson *tools = entry("tools");
        MessagesResult made = tools ? canonicalTools(*tools) : MessagesResult(RecordJson());
        if (!made)
            return tl::unexpected(made.error());
        m_tools = std::move(*made);
        return {};
    }

    CanonicalRecord written() const
    {
        CanonicalRecord record;
        RecordJson whole = RecordJson::object();
        for (const RecordJson &one : m_messages) {
            record.prose += bytesOf(one["content"]);
            record.prose += '\n';
        }
        whole["messages"] = m_messages;
        if (!m_tools.is_null())
            whole["tools"] = m_tools;
        record.json = QByteArray::fromStdString(whole.dump());
        return record;
    }

    tl::expected<QString, RecordProblem> label() const
    {
        const RecordJson *value = entry("label");
        if (!value)
            return badRecord("no_label", tr("“%1” is empty or missing.").arg(column("label")));
        if (value->is_boolean())
            return value->get<bool>() ? QStringLiteral("true") : QStringLiteral("false");
        if (value->is_number_integer())
            return QString::fromStdString(value->dump());
        if (value->is_number() && value->get<double>() == std::floor(value->get<double>()) && std::abs(value->get<double>()) < 1e15)
            return QString::number(static_cast<qint64>(value->get<double>()));  // whole numbers that passed through a table
        if (!value->is_string())
            return badRecord("wrong_type", tr("“%1” is neither a text nor a whole number.").arg(column("label")));
        const QByteArrayView text = text::trimmed(bytesOf(*value));
        if (text.isEmpty())
            return badRecord("no_label", tr("“%1” is empty.").arg(column("label")));
        return QString::fromUtf8(text);
    }
    CanonicalResult makeLabelled() const
    {
        const Text text = textOf("text");
        if (!text)
            return tl::unexpected(text.error());
        if (text::trimmed(*text).isEmpty())
            return badRecord("empty_text", tr("“%1” is empty.").arg(column("text")));
        const auto chosen = label();
        if (!chosen)
            return tl::unexpected(chosen.error());
        CanonicalRecord record{"{", *chosen, *text};
        appendJsonEntry(record.json, "text", *text);
        record.json += ',';
        appendJsonEntry(record.json, "label", chosen->toUtf8());
        record.json += '}';
        return record;
    }

    const RecordJson &m_record;
    const RecordForm &m_form;
    RecordJson m_messages = RecordJson::array();
    RecordJson m_tools;
};

}  // namespace

CanonicalResult canonicalRecord(QByteArrayView record, const RecordForm &form)
{
    const RecordJson object = parseRecordJson(record);
    if (!object.is_object())
        return badRecord("not_object", jsonDepth(record) > kDeepestRecord ? tr("It is more than %1 levels deep.").arg(kDeepestRecord)
                                                                          : tr("It is not a JSON object."));
    return RecordMaker(object, form).make();
}

}  // namespace athanor::corpus
