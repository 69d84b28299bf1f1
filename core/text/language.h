// In which script and language a text is written: enough to count coverage per language and to choose stop words.
// Method: the script decides where it can; among languages of one script the share of each one's most frequent function
// words. Limits: texts under some twenty words, mixtures and languages not listed give "und". Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace athanor::text {

struct LanguageGuess {
    QString language;     // ISO 639-1, or "und"
    QString script;       // ISO 15924: "Latn", "Cyrl" …, or "Zyyy" when there are no letters
    double share = 0;     // of words that are function words of that language; 1 where the script alone decides
};

/// Looks at no more than 32 KiB, from the beginning and the middle.
ATHANOR_EXPORT LanguageGuess guessLanguage(QByteArrayView text);

/// The most frequent function words of a language, lower case; empty for languages not listed.
ATHANOR_EXPORT const QList<QByteArray> &stopWords(const QString &language);

ATHANOR_EXPORT QStringList knownLanguages();

}  // namespace athanor::text
