#include "plugins/cleaner/boilerplate/boilerplate.h"

#include "core/text/segment.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace athanor::corpus {

namespace {

struct Settings {
    double share = 0.3;
    size_t lines = 12;
    qint64 leastDocuments = 8;
};

/// Positions of the non-blank lines within the first and last `count` of them.
std::vector<size_t> endLines(const std::vector<QByteArrayView> &lines, size_t count)
{
    std::vector<size_t> filled;
    for (size_t i = 0; i < lines.size(); ++i)
        if (!text::trimmed(lines[i]).isEmpty())
            filled.push_back(i);
    if (filled.size() > 2 * count)
        filled.erase(filled.begin() + static_cast<std::ptrdiff_t>(count), filled.end() - static_cast<std::ptrdiff_t>(count));
    return filled;
}

class BoilerplateRun final : public CleanerRun {
public:
    explicit BoilerplateRun(const Settings &settings) : m_settings(settings) {}

    bool mustObserve() const override { return true; }

    void observe(const DocumentView &document) override
    {
        const auto lines = text::lines(document.text);
        std::unordered_set<quint64> hashes;  // a line counts once a document
        for (const size_t i : endLines(lines, m_settings.lines))
            hashes.insert(text::hash64(text::trimmed(lines[i])));
        const quint64 whole = text::hash64(document.text);
        const std::lock_guard lock(m_mutex);
        SourceCounts &counts = m_sources[document.source];
        if (!counts.texts.insert(whole).second)
            return;  // a copy says nothing about what different documents share
        ++counts.documents;
        for (const quint64 hash : hashes)
            ++counts.lines[hash];
    }

    void endObservation() override
    {
        for (auto &[source, counts] : m_sources) {
            if (counts.documents < m_settings.leastDocuments)
                continue;
            const double needed = std::max(2.0, m_settings.share * double(counts.documents));
            for (const auto &[hash, count] : counts.lines)
                if (double(count) >= needed)
                    m_repeated[source].insert(hash);
            counts.lines.clear();
            counts.texts.clear();
        }
    }

    QByteArray clean(const DocumentView &document) const override
    {
        const auto repeated = m_repeated.find(document.source);
        if (repeated == m_repeated.end() || repeated->second.empty())
            return document.text;
        const auto lines = text::lines(document.text);
        std::vector<bool> cut(lines.size(), false);
        bool changed = false;
        for (const size_t i : endLines(lines, m_settings.lines))
            if (repeated->second.count(text::hash64(text::trimmed(lines[i]))) > 0)
                cut[i] = changed = true;
        return changed ? without(lines, cut) : document.text;
    }

private:
    struct SourceCounts {
        qint64 documents = 0;  // different ones
        std::unordered_set<quint64> texts;
        std::unordered_map<quint64, qint64> lines;
    };

    static QByteArray without(const std::vector<QByteArrayView> &lines, const std::vector<bool> &cut)
    {
        QByteArray out;
        bool wasCut = true;  // blank lines at the beginning go too
        for (size_t i = 0; i < lines.size(); ++i) {
            const bool isBlank = text::trimmed(lines[i]).isEmpty();
            if (cut[i] || (isBlank && wasCut)) {
                wasCut = true;
                continue;
            }
            wasCut = false;
            out += lines[i].toByteArray() + '\n';
        }
        while (out.endsWith("\n\n"))
            out.chop(1);
        return out;
    }

    Settings m_settings;
    std::mutex m_mutex;
    std::map<int, SourceCounts> m_sources;
    std::map<int, std::unordered_set<quint64>> m_repeated;
};

}  // namespace

Result<std::unique_ptr<CleanerRun>> BoilerplateCleaner::start(const QJsonObject &settings) const
{
    Settings chosen;
    chosen.share = settings.value(QLatin1String("share")).toDouble(chosen.share);
    chosen.lines = static_cast<size_t>(settings.value(QLatin1String("lines")).toInt(12));
    chosen.leastDocuments = settings.value(QLatin1String("least_documents")).toInteger(chosen.leastDocuments);
    return std::make_unique<BoilerplateRun>(chosen);
}

}  // namespace athanor::corpus
