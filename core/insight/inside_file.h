// jobs/<id>/inside.jsonl: the sample text that a run is looked at with, and the loss of each of its tokens, look after
// look. A head line {"format","layers","tokens"}, then {"step","losses"}; each attempt writes a head of its own and may
// repeat steps, which then replace the earlier ones. A torn last line is not yet a line. Role: writing (the worker) and
// reading as it grows. Limits: lines of up to 16 MiB. Thread: each object for one thread.
#pragma once

#include "core/base/error.h"

#include <QStringList>

#include <limits>
#include <memory>
#include <vector>

namespace athanor::insight {

inline constexpr int kInsideFormat = 1;
inline constexpr char kInsideFile[] = "inside.jsonl";

struct InsideHead {
    QStringList layers;  // in the order of the architecture
    QStringList tokens;  // of the sample text, as they stand in it
};

/// Nats, one for each token; NaN: nothing was asked there.
struct TokenLosses {
    qint64 step = 0;
    std::vector<double> losses;
};

class ATHANOR_EXPORT InsideWriter {
public:
    /// Goes on behind what stands there. Errors: as systemError().
    static Result<InsideWriter> open(const QString &path, const InsideHead &head);
    InsideWriter(InsideWriter &&) noexcept;
    ~InsideWriter();
    Status add(const TokenLosses &losses);

private:
    explicit InsideWriter(int descriptor, QString path) : m_descriptor(descriptor), m_path(std::move(path)) {}
    Status write(const QByteArray &line);
    int m_descriptor = -1;
    QString m_path;
};

class ATHANOR_EXPORT InsideReader {
public:
    explicit InsideReader(QString path) : m_path(std::move(path)) {}
    /// Takes what was appended since; the number of new looks. A file that is missing has none; broken lines are passed over.
    int poll();
    const InsideHead &head() const { return m_head; }
    const std::vector<TokenLosses> &looks() const { return m_looks; }  // ascending in step

private:
    bool take(const QByteArray &line);
    QString m_path;
    qint64 m_offset = 0;
    InsideHead m_head;
    std::vector<TokenLosses> m_looks;
};

}  // namespace athanor::insight
