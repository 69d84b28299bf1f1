#include "core/insight/names.h"

#include <QCoreApplication>

#include <algorithm>

namespace athanor::insight {

namespace {

QString prefixOf(Figure figure)
{
    static constexpr std::array kPrefixes{"gradient_norm",  "update_ratio",   "zero_gradients", "activation_rms",
                                          "activation_min", "activation_max", "dead_units",     "attention_entropy"};
    return QLatin1String(kPrefixes[size_t(figure)]) + QLatin1Char('/');
}

bool isNumber(const QString &part)
{
    return !part.isEmpty() && std::all_of(part.begin(), part.end(), [](QChar c) { return c.isDigit(); });
}

/// Part by part; numbers by their value, so that block 10 stands behind block 2.
bool comesBefore(const QString &a, const QString &b)
{
    const QStringList left = a.split(QLatin1Char('.')), right = b.split(QLatin1Char('.'));
    for (qsizetype i = 0; i < std::min(left.size(), right.size()); ++i) {
        if (left[i] == right[i])
            continue;
        return isNumber(left[i]) && isNumber(right[i]) ? left[i].toLongLong() < right[i].toLongLong() : left[i] < right[i];
    }
    return left.size() < right.size();
}

QString tr(const char *text) { return QCoreApplication::translate("athanor::insight", text); }

}  // namespace

QString figureName(Figure figure, const QString &layer) { return prefixOf(figure) + layer; }

QString headName(const QString &layer, int head)
{
    return figureName(Figure::AttentionEntropy, layer) + QStringLiteral("/h%1").arg(head);
}

QString layerOf(const QString &parameter)
{
    const QStringList parts = parameter.split(QLatin1Char('.'));
    for (qsizetype i = 0; i < parts.size(); ++i)
        if (isNumber(parts[i]))
            return parts.first(i + 1).join(QLatin1Char('.'));
    const bool isEncoder = parts.size() > 1 && parts.first() == QLatin1String("encoder");
    return parts.first(isEncoder ? 2 : 1).join(QLatin1Char('.'));
}

QString layerWords(const QString &layer)
{
    static const QHash<QString, const char *> kAlone{{QStringLiteral("tok"), QT_TRANSLATE_NOOP("athanor::insight", "the embedding")},
                                                     {QStringLiteral("pos"), QT_TRANSLATE_NOOP("athanor::insight", "the positions")},
                                                     {QStringLiteral("norm"), QT_TRANSLATE_NOOP("athanor::insight", "the last norm")},
                                                     {QStringLiteral("head"), QT_TRANSLATE_NOOP("athanor::insight", "the head")}};
    QStringList parts = layer.split(QLatin1Char('.'));
    const bool isEncoder = parts.size() > 1 && parts.first() == QLatin1String("encoder");
    if (isEncoder)
        parts.removeFirst();
    QString words;
    if (parts.size() == 2 && parts.first() == QLatin1String("blocks") && isNumber(parts.last()))
        words = tr("layer %1").arg(parts.last().toLongLong() + 1);
    else if (parts.size() == 1 && kAlone.contains(parts.first()))
        words = tr(kAlone.value(parts.first()));
    else
        return layer;
    return isEncoder ? tr("%1 of the encoder").arg(words) : words;
}

QStringList layersIn(const QStringList &seriesNames, Figure figure, const QStringList &order)
{
    const QString prefix = prefixOf(figure);
    QStringList layers;
    for (const QString &name : seriesNames)
        if (name.startsWith(prefix) && !name.mid(prefix.size()).contains(QLatin1Char('/')))
            layers += name.mid(prefix.size());
    const auto place = [&](const QString &layer) {
        const qsizetype at = order.indexOf(layer);
        return at < 0 ? order.size() : at;
    };
    std::sort(layers.begin(), layers.end(), [&](const QString &a, const QString &b) {
        return place(a) != place(b) ? place(a) < place(b) : comesBefore(a, b);
    });
    return layers;
}

QString phaseSeries(Phase phase)
{
    static constexpr std::array<const char *, kPhaseCount> kNames{"data",   "forward",    "backward", "optimizer", "validation",
                                                                  "sample", "checkpoint", "insight",  "other"};
    return QStringLiteral("time/") + QLatin1String(kNames[size_t(phase)]);
}

}  // namespace athanor::insight
