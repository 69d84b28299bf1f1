// What one filter has measured, by text: <project>/cache/signals/<what it measures with>.zst. Role: annotate once,
// threshold later. The numbers are kept bit by bit, so that a limit decides the same. A file that is missing, damaged
// or of another version reads as empty. Limits: kMostBytes. Thread: find() and add() from many threads.
#pragma once

#include "core/corpus/steps.h"

#include <array>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace athanor::corpus {

using TextKey = std::array<char, 32>;

/// SHA-256 of the text and its language.
TextKey textKey(const TextKey &textSha256, const QString &language);

class SignalCache {
public:
    /// `measuredWith`: everything but text and language that the numbers depend on.
    SignalCache(const QString &projectPath, const QByteArray &measuredWith);

    std::optional<Signals> find(const TextKey &key) const;
    void add(const TextKey &key, const Signals &measured);
    enum class Asked { All, Some };
    /// Writes what is new. Drops what was not asked for, when that is more than half and all have been asked for. A full
    /// disk is passed over.
    void save(Asked asked);

private:
    struct Hash {
        size_t operator()(const TextKey &key) const;
    };
    void read(const QByteArray &bytes);
    size_t columnOf(const QString &name);
    QByteArray toBytes(Asked asked) const;

    QString m_folder, m_file;
    QByteArray m_measuredWith;
    QStringList m_columns;
    std::unordered_map<TextKey, size_t, Hash> m_rows;  // index into `m_values`, in rows
    std::vector<std::vector<double>> m_values;         // by column; NaN: absent
    mutable std::vector<char> m_isUsed;
    bool m_isNew = false;
    mutable std::mutex m_mutex;
};

}  // namespace athanor::corpus
