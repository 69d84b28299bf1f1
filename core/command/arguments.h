// The words of a command line. Role: splits options from positional words and checks them against what a verb
// declares. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QStringList>

namespace athanor::command {

/// One option: name without dashes, the name of its value ("" for a flag), what it is for.
struct Option {
    QString name;
    QString value;
    QString doc;
    bool repeatable = false;
};

class ATHANOR_EXPORT Arguments {
public:
    /// InvalidInput (a usage error) for unknown options, missing values, too few or too many words.
    /// "--" ends the options.
    static Result<Arguments> parse(const QStringList &words, const QList<Option> &options, int least, int most);

    const QStringList &words() const { return m_words; }
    QString word(int index) const { return m_words.value(index); }
    bool has(const QString &option) const { return m_values.contains(option); }
    QString value(const QString &option, const QString &otherwise = {}) const;
    QStringList values(const QString &option) const { return m_values.value(option); }
    /// InvalidInput when present and not a whole number in [least, most].
    Result<qint64> integer(const QString &option, qint64 otherwise, qint64 least, qint64 most) const;
    Result<double> real(const QString &option, double otherwise, double least, double most) const;

private:
    QStringList m_words;
    QHash<QString, QStringList> m_values;
};

}  // namespace athanor::command
