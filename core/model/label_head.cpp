// See label_head.h.
#include "core/model/label_head.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

namespace athanor::model {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::model", text); }

bool isHead(const QJsonObject &entry)
{
    return entry.contains(QLatin1String("head")) || entry.value(QLatin1String("layer")) == QLatin1String("layer.head");
}

// Numbers that a matrix gives; 0: as many as go in, which are no scores.
qint64 outputsOf(const QJsonValue &layer)
{
    return layer.toObject().value(QLatin1String("parameters")).toObject().value(QLatin1String("outputs")).toInteger();
}

bool isLabelHead(const QJsonObject &entry) { return entry.value(QLatin1String("head")) == QLatin1String("labels"); }

// An attention that does not look back only: the model reads both ways.
bool readsBothWays(const QJsonValue &value)
{
    if (value.isArray()) {
        for (const QJsonValue &entry : value.toArray())
            if (readsBothWays(entry))
                return true;
        return false;
    }
    const QJsonObject entry = value.toObject();
    if (entry.value(QLatin1String("layer")) == QLatin1String("layer.attention"))
        return !entry.value(QLatin1String("parameters")).toObject().value(QLatin1String("causal")).toBool(true);
    for (const char *key : {"layers", "residual", "parallel"})
        if (entry.contains(QLatin1String(key)) && readsBothWays(entry.value(QLatin1String(key))))
            return true;
    return false;
}

QJsonObject dense(const char *name, const QJsonObject &parameters)
{
    return {{QStringLiteral("layer"), QStringLiteral("layer.dense")},
            {QStringLiteral("name"), QLatin1String(name)},
            {QStringLiteral("parameters"), parameters}};
}

QJsonObject scores(const QStringList &labels, const char *pool, bool hasBias)
{
    return dense(kLabelLayer, {{QStringLiteral("outputs"), labels.size()},
                               {QStringLiteral("pool"), QLatin1String(pool)},
                               {QStringLiteral("bias"), hasBias}});
}

QJsonObject pooler()
{
    return dense(kPoolerLayer, {{QStringLiteral("pool"), QStringLiteral("first")}, {QStringLiteral("activation"), QStringLiteral("tanh")}});
}

// What stands before the scores of an earlier head for labels (a pooler, which gives no scores itself); nothing where
// there is none.
QJsonArray beforeScores(const QJsonArray &layers)
{
    for (const QJsonValue &value : layers) {
        if (!isLabelHead(value.toObject()))
            continue;
        QJsonArray kept = value.toObject().value(QLatin1String("layers")).toArray();
        if (outputsOf(kept.last()) > 0)
            kept.removeLast();
        return kept;
    }
    return {};
}

}  // namespace

Result<QJsonObject> withLabelHead(const QJsonObject &architecture, const QStringList &labels)
{
    if (labels.size() < 2)
        return fail(ErrorCode::InvalidInput, tr("Sorting texts needs at least two labels; the records have %1.").arg(labels.size()),
                    tr("Choose another column for the label."));
    if (!architecture.value(QLatin1String("encoder")).toObject().isEmpty())
        return fail(ErrorCode::InvalidInput, tr("A model with an encoder and a decoder cannot sort texts."),
                    tr("Choose a model that only reads (BERT) or only writes (LLaMA, GPT-2)."));
    const QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    QJsonArray head = beforeScores(layers);
    if (head.isEmpty() && readsBothWays(layers))
        head.append(pooler());
    head.append(head.isEmpty() ? scores(labels, "last", false) : scores(labels, "none", true));
    QJsonArray changed;
    for (const QJsonValue &value : layers)
        if (!isHead(value.toObject()))
            changed.append(value);
    changed.append(QJsonObject{{QStringLiteral("head"), QStringLiteral("labels")}, {QStringLiteral("layers"), head}});
    QJsonObject result = architecture;
    result[QStringLiteral("layers")] = changed;
    result[QStringLiteral("labels")] = QJsonArray::fromStringList(labels);
    return result;
}

bool isHeadless(const QJsonObject &architecture)
{
    const QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    const bool answers = std::any_of(layers.begin(), layers.end(), [](const QJsonValue &value) {
        const QJsonObject entry = value.toObject();  // a pooler alone gives no scores
        return isHead(entry) && (!isLabelHead(entry) || outputsOf(entry.value(QLatin1String("layers")).toArray().last()) > 0);
    });
    return !layers.isEmpty() && !answers && architecture.value(QLatin1String("labels")).toArray().isEmpty();
}

bool cameWithLabels(const QJsonObject &card)
{
    const QString kind = card.value(QLatin1String("source")).toObject().value(QLatin1String("kind")).toString();
    const QJsonArray classes = card.value(QLatin1String("config")).toObject().value(QLatin1String("architectures")).toArray();
    return kind == QLatin1String("adapter") || classes.first().toString().endsWith(QLatin1String("ForSequenceClassification"));
}

QStringList labelHeadLayers(const QJsonObject &architecture)
{
    QStringList names;
    if (architecture.value(QLatin1String("labels")).toArray().isEmpty())
        return names;
    for (const QJsonValue &value : architecture.value(QLatin1String("layers")).toArray())
        if (isLabelHead(value.toObject()))
            for (const QJsonValue &layer : value.toObject().value(QLatin1String("layers")).toArray())
                names += layer.toObject().value(QLatin1String("name")).toString();
    return names;
}

}  // namespace athanor::model
