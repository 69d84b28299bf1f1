#include "plugins/deduplicator/exact/exact.h"

#include "core/base/hash.h"
#include "core/text/segment.h"

#include <QCoreApplication>
#include <QHash>

namespace athanor::corpus {

namespace {

class ExactRun final : public DeduplicatorRun {
public:
    ExactRun(bool ignoreSpace, bool ignoreCase, qint64 count)
        : m_ignoreSpace(ignoreSpace), m_ignoreCase(ignoreCase), m_digests(static_cast<size_t>(count))
    {
    }

    void observe(const DocumentView &document) override
    {
        Sha256 hash;
        const QByteArray folded = m_ignoreCase ? document.text.toLower() : document.text;
        if (m_ignoreSpace)
            addWords(hash, folded);
        else
            hash.add(folded);
        m_digests[static_cast<size_t>(document.index)] = QByteArray::fromHex(hash.finish().toLatin1());
    }

    std::vector<Duplicate> duplicates() override
    {
        std::vector<Duplicate> found;
        QHash<QByteArray, qint64> first;
        for (size_t i = 0; i < m_digests.size(); ++i) {
            if (m_digests[i].isEmpty())
                continue;
            const auto index = static_cast<qint64>(i);
            const auto known = first.constFind(m_digests[i]);
            if (known == first.constEnd())
                first.insert(m_digests[i], index);
            else
                found.push_back({index, *known, QCoreApplication::translate("athanor", "same text as %1")});
        }
        return found;
    }

private:
    /// Words with one space between: gathered to larger pieces, since each call of a hash costs.
    static void addWords(Sha256 &hash, QByteArrayView text)
    {
        QByteArray buffer;
        buffer.reserve(1 << 16);
        for (const QByteArrayView word : text::words(text)) {
            buffer.append(word);
            buffer += ' ';
            if (buffer.size() < (1 << 15))
                continue;
            hash.add(buffer);
            buffer.resize(0);
        }
        hash.add(buffer);
    }

    bool m_ignoreSpace, m_ignoreCase;
    std::vector<QByteArray> m_digests;  // empty for documents that were not shown
};

}  // namespace

Result<std::unique_ptr<DeduplicatorRun>> ExactDeduplicator::start(const QJsonObject &settings, qint64 documentCount) const
{
    return std::make_unique<ExactRun>(settings.value(QLatin1String("ignore_space")).toBool(true),
                                      settings.value(QLatin1String("ignore_case")).toBool(false), documentCount);
}

}  // namespace athanor::corpus
