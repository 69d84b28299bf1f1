#include "core/report/model_card.h"

#include "core/base/format.h"
#include "core/report/licences.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace athanor::report {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

QJsonObject object(const QJsonObject &from, const char *key)
{
    return from.value(QLatin1String(key)).toObject();
}

QJsonArray list(const QJsonObject &from, const char *key)
{
    return from.value(QLatin1String(key)).toArray();
}

// One line, and no mark-up that could end a table's cell or begin a tag.
QString plain(QString words)
{
    words = words.simplified();
    for (const char *mark : {"\\", "|", "<", ">", "`", "*", "_", "[", "]", "#"})
        words.replace(QLatin1String(mark), QLatin1Char('\\') + QLatin1String(mark));
    return words;
}

QString valueText(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    if (value.isBool())
        return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    if (value.isDouble())
        return QString::number(value.toDouble(), 'g', 12);
    return QString::fromUtf8(value.isArray() ? QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)
                                             : QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
}

class Card {
public:
    explicit Card(const CardInput &input) : m_input(input), m_facts(input.facts), m_conclusion(concludeLicences(parts())) {}

    QByteArray write()
    {
        frontMatter();
        head();
        base();
        data();
        tokenizer();
        runs();
        results();
        proof();
        section(tr("Licences"));
        line(plain(m_conclusion.text));
        limits();
        return m_out.toUtf8();
    }

private:
    void line(const QString &words = {}) { m_out += words + QLatin1Char('\n'); }
    void section(const QString &title)
    {
        line();
        line(QStringLiteral("## ") + title);
        line();
    }
    void row(const QStringList &cells) { line(QStringLiteral("| %1 |").arg(cells.join(QStringLiteral(" | ")))); }
    void item(const QString &title, const QString &value)
    {
        if (!value.isEmpty())
            line(QStringLiteral("- %1: %2").arg(title, plain(value)));
    }

    QString hubName() const
    {
        const QString location = text(object(object(m_facts, "base"), "source"), "location");
        return location.count(QLatin1Char('/')) == 1 && !location.startsWith(QLatin1Char('/')) && !location.contains(QLatin1Char(' ')) ? location : QString();
    }

    QList<LicensedPart> parts() const
    {
        QList<LicensedPart> found;
        if (m_facts.contains(QLatin1String("base")))
            found += {tr("the base model %1").arg(text(object(m_facts, "base"), "name")), text(object(m_facts, "base"), "licence")};
        for (const QJsonValue &value : list(m_facts, "data")) {
            const QJsonObject dataset = value.toObject();
            const QString name = text(dataset, "dataset");
            for (const QJsonValue &licence : list(dataset, "licences"))
                found += {tr("%1 documents of %2").arg(licence[QLatin1String("documents")].toInteger()).arg(name), licence[QLatin1String("licence")].toString()};
            const qint64 unnamed = dataset.value(QLatin1String("unlicensed")).toInteger(list(dataset, "licences").isEmpty() ? -1 : 0);
            if (unnamed > 0)
                found += {tr("%1 documents of %2, whose source names no licence").arg(unnamed).arg(name), {}};
            if (unnamed < 0)
                found += {tr("the documents of %1").arg(name), {}};
        }
        return found;
    }

    void frontMatter()
    {
        line(QStringLiteral("---"));
        const QString licence = m_conclusion.unknown.isEmpty() && !m_conclusion.licence.isEmpty() ? hubLicence(m_conclusion.licence) : QStringLiteral("unknown");
        line(QStringLiteral("license: ") + licence);
        if (licence == QLatin1String("other"))
            line(QStringLiteral("license_name: ") + yamlText(m_conclusion.licence.simplified().toLower().replace(QLatin1Char(' '), QLatin1Char('-'))));
        if (const QString base = hubName(); !base.isEmpty())
            line(QStringLiteral("base_model: ") + yamlText(base));
        if (const QJsonArray languages = list(m_facts, "languages"); !languages.isEmpty()) {
            line(QStringLiteral("language:"));
            for (const QJsonValue &language : languages)
                line(QStringLiteral("- ") + yamlText(language.toString()));
        }
        line(QStringLiteral("library_name: ") + (m_input.format == QLatin1String("adapter") ? QStringLiteral("peft") : m_input.format == QLatin1String("gguf") ? QStringLiteral("gguf") : QStringLiteral("transformers")));
        if (!m_input.pipelineTag.isEmpty())
            line(QStringLiteral("pipeline_tag: ") + m_input.pipelineTag);
        line(QStringLiteral("tags:"));
        line(QStringLiteral("- athanor"));
        line(QStringLiteral("---"));
    }

    void head()
    {
        line();
        line(QStringLiteral("# ") + plain(m_input.name));
        line();
        const QJsonObject architecture = object(m_facts, "architecture");
        item(tr("Family"), text(architecture, "family").section(QLatin1Char('.'), -1));
        item(tr("Parameters"), count(architecture, "parameters"));
        item(tr("Context"), count(architecture, "context", tr("tokens")));
        item(tr("Vocabulary"), count(architecture, "vocabulary", tr("tokens")));
        item(tr("Numbers"), m_input.dtype);
        labels();
    }
    // A head for labels: what it answers, and how other programs ask it.
    void labels()
    {
        QStringList names;
        for (const QJsonValue &label : list(m_facts, "labels"))
            names += label.toString();
        if (names.isEmpty())
            return;
        item(tr("Labels"), names.join(QStringLiteral(", ")));
        line();
        line(tr("It sorts texts by these labels: one score for each, the highest is the answer."));
        if (m_input.format != QLatin1String("adapter"))
            return;
        line(tr("Load it on its base with one score for each label, in this order:"));
        line();
        line(QStringLiteral("    AutoPeftModelForSequenceClassification.from_pretrained(FOLDER, num_labels=%1)").arg(names.size()));
    }
    static QString count(const QJsonObject &from, const char *key, const QString &unit = {})
    {
        const QJsonValue value = from.value(QLatin1String(key));
        const QString number = value.isDouble() ? formatInteger(value.toInteger()) : QString();
        return number.isEmpty() || unit.isEmpty() ? number : number + QLatin1Char(' ') + unit;
    }
    static QString real(const QJsonObject &from, const char *key, int digits = 4)
    {
        const QJsonValue value = from.value(QLatin1String(key));
        return value.isDouble() ? formatReal(value.toDouble(), digits) : QString();
    }

    void base()
    {
        const QJsonObject base = object(m_facts, "base");
        if (base.isEmpty())
            return;
        section(tr("Base model"));
        item(tr("Name"), text(base, "name"));
        item(tr("From"), text(object(base, "source"), "location"));
        item(tr("Revision"), text(object(base, "source"), "revision"));
        item(tr("Licence"), text(base, "licence").isEmpty() ? tr("unknown") : text(base, "licence"));
        item(tr("SHA-256 of its weights"), text(base, "weightsSha256"));
    }

    void data()
    {
        const QJsonArray datasets = list(m_facts, "data");
        if (datasets.isEmpty())
            return;
        section(tr("Data"));
        if (const QString about = text(m_facts, "about"); !about.isEmpty()) {
            line(plain(tr("About: %1").arg(about)));
            line();
        }
        if (m_facts.value(QLatin1String("personalData")).toBool()) {
            line(tr("The documents may hold personal data; a model can repeat what it was trained on."));
            line();
        }
        row({tr("Dataset"), tr("Version"), tr("Documents"), tr("Bytes of text for training"), tr("Licences"), tr("SHA-256")});
        row({QStringLiteral("---"), QStringLiteral("---"), QStringLiteral("---"), QStringLiteral("---"), QStringLiteral("---"), QStringLiteral("---")});
        for (const QJsonValue &value : datasets) {
            const QJsonObject dataset = value.toObject();
            QStringList licences;
            for (const QJsonValue &licence : list(dataset, "licences"))
                licences += tr("%1 (%2 documents)").arg(licence[QLatin1String("licence")].toString()).arg(licence[QLatin1String("documents")].toInteger());
            if (licences.isEmpty() || dataset.value(QLatin1String("unlicensed")).toInteger() > 0)
                licences += tr("unknown");
            row({plain(text(dataset, "dataset")), count(dataset, "version"), count(dataset, "documents"), count(dataset, "bytes"), plain(licences.join(QStringLiteral(", "))), text(dataset, "corpusSha256")});
        }
    }

    void tokenizer()
    {
        const QJsonObject tokenizer = object(m_facts, "tokenizer");
        if (tokenizer.isEmpty())
            return;
        section(tr("Tokenizer"));
        item(tr("Type"), text(tokenizer, "type"));
        item(tr("Tokens"), count(tokenizer, "vocabulary"));
        item(tr("SHA-256"), text(tokenizer, "sha256"));
    }

    void runs()
    {
        for (const QJsonValue &value : list(m_facts, "runs")) {
            const QJsonObject run = value.toObject();
            section(tr("Training: %1").arg(plain(text(run, "title"))));
            item(tr("Run"), text(run, "id"));
            item(tr("Started"), text(run, "started"));
            item(tr("Steps"), count(run, "steps"));
            item(tr("Tokens"), count(run, "tokens"));
            item(tr("Seconds"), real(run, "seconds", 5));
            item(tr("Learned"), text(run, "learns"));
            for (const char *group : {"settings", "teaching", "adapter"}) {
                const QJsonObject settings = object(run, group);
                if (settings.isEmpty())
                    continue;
                line();
                row({QLatin1String(group), QString()});
                row({QStringLiteral("---"), QStringLiteral("---")});
                for (auto it = settings.begin(); it != settings.end(); ++it)
                    row({plain(it.key()), plain(valueText(it.value()))});
            }
        }
    }

    void results()
    {
        const QJsonObject results = object(m_facts, "results");
        const QJsonArray evaluations = list(m_facts, "evaluations");
        if (results.isEmpty() && evaluations.isEmpty())
            return;
        section(tr("Results"));
        item(tr("Step"), count(results, "step"));
        item(tr("Bits per byte on held-out text"), real(results, "bitsPerByte"));
        item(tr("The same before training"), real(results, "startBitsPerByte"));
        item(tr("Validation loss"), real(results, "validationLoss"));
        for (const QJsonValue &value : evaluations) {
            const QJsonObject one = value.toObject();
            const QString on = text(one, "file").isEmpty() ? tr("%1, %2 part").arg(text(one, "dataset"), text(one, "split")) : text(one, "file");
            line(QStringLiteral("- %1: %2").arg(plain(on), tr("%1 bits per byte, perplexity %2").arg(real(one, "bitsPerByte"), real(one, "perplexity"))));
        }
    }

    void proof()
    {
        const QJsonObject &parity = m_input.parity;
        if (parity.isEmpty())
            return;
        section(tr("How this export was checked"));
        line(tr("What was written was read back and compared with the model that was exported."));
        line();
        item(tr("Largest difference of a score, weights rounded alike"), tr("%1 (limit %2)").arg(real(parity, "maxLogitDifference", 3), real(parity, "tolerance", 3)));
        const QJsonObject original = object(parity, "original");
        item(tr("Largest difference of a score, from the model before rounding"), real(original, "maxLogitDifference", 3));
        item(parity.value(QLatin1String("sortsTexts")).toBool() ? tr("Texts that get the same label") : tr("Greedy tokens that agree"),
             tr("%1 of %2").arg(count(parity, "greedyAgree"), count(parity, "greedyTokens")));
        if (parity.value(QLatin1String("perplexityInside")).isDouble())
            item(tr("Perplexity on the texts compared"), tr("%1 inside, %2 as exported").arg(real(parity, "perplexityInside", 7), real(parity, "perplexityOutside", 7)));
    }

    void limits()
    {
        section(tr("Limits"));
        const QString context = count(object(m_facts, "architecture"), "context", tr("tokens"));
        if (!context.isEmpty())
            line(tr("- It sees at most %1 at once.").arg(context));
        if (list(m_facts, "evaluations").isEmpty())
            line(list(m_facts, "runs").isEmpty() ? tr("- It was not evaluated where it was exported.") : tr("- It was evaluated on no text but the held-out part of its own data."));
        else
            line(tr("- It was evaluated on nothing but what stands under “Results”."));
        if (m_input.dtype != QLatin1String("f32"))
            line(tr("- Its weights are rounded to %1.").arg(m_input.dtype));
        if (m_input.format == QLatin1String("adapter"))
            line(tr("- It is an adapter: it works only on the base model named above, with the same weights."));
        if (!m_conclusion.unknown.isEmpty())
            line(tr("- Licences of some of what went into it are unknown."));
    }

    const CardInput &m_input;
    const QJsonObject &m_facts;
    LicenceConclusion m_conclusion;
    QString m_out;
};

}  // namespace

QString yamlText(const QString &words)
{
    QString quoted = words.simplified();
    quoted.replace(QLatin1Char('\\'), QStringLiteral("\\\\")).replace(QLatin1Char('"'), QStringLiteral("\\\""));
    return QLatin1Char('"') + quoted + QLatin1Char('"');
}

QByteArray modelCard(const CardInput &input)
{
    return Card(input).write();
}

}  // namespace athanor::report
