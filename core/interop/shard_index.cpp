// The index as events of nlohmann's parser, which neither recurses nor hides doubled keys. Thread: pure functions.
#include "core/interop/shard_index.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QSet>

#include <nlohmann/json.hpp>

namespace athanor::interop {
namespace {

constexpr qsizetype kLargestIndex = 100'000'000;
constexpr qsizetype kMostShards = 10'000;
constexpr int kDeepest = 32;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

Error corrupt(const QString &what)
{
    return {ErrorCode::Corrupt, tr("The index of the shards is broken: %1.").arg(what),
            tr("Copy or download the file again."), {}};
}

Status checkShardName(const QString &name)
{
    const bool isPlain = !name.isEmpty() && name.size() <= 255 && name != QLatin1String(".") && name != QLatin1String("..")
                         && !name.contains(QLatin1Char('/')) && !name.contains(QLatin1Char('\\'))
                         && !name.contains(QChar(0));
    if (!isPlain)
        return fail(ErrorCode::InvalidInput,
                    tr("The index names the shard “%1”, which is no plain name of a file in the same folder.")
                        .arg(name.left(120)),
                    tr("Do not use this model: an honest index names files beside it."));
    return {};
}

class IndexReader final : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit IndexReader(ShardIndex &index) : m_index(index) {}
    Error error;
    bool hasMap = false;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(std::int64_t) override { return value(); }
    bool number_float(double number, const std::string &) override
    {
        if (isTotalSize() && number >= 0 && number < 9e18)
            m_index.totalBytes = qint64(number);
        return value();
    }
    bool number_unsigned(std::uint64_t number) override
    {
        if (isTotalSize() && number <= std::uint64_t(std::numeric_limits<qint64>::max()))
            m_index.totalBytes = qint64(number);
        return value();
    }
    bool binary(nlohmann::json::binary_t &) override { return value(); }
    bool string(std::string &text) override
    {
        if (m_depth != 2 || m_section != QLatin1String("weight_map"))
            return value();
        return addTensor(QString::fromStdString(text));
    }
    bool start_object(std::size_t) override
    {
        if (m_depth == 1 && m_section == QLatin1String("weight_map"))
            hasMap = true;
        return deeper();
    }
    bool start_array(std::size_t) override { return m_depth == 0 ? refuse(tr("it is a list")) : deeper(); }
    bool end_object() override { return --m_depth >= 0; }
    bool end_array() override { return --m_depth >= 0; }
    bool key(std::string &text) override
    {
        m_key = QString::fromStdString(text);
        if (m_depth == 1)
            return takeSection();
        return true;
    }
    bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override
    {
        return refuse(tr("no valid JSON in UTF-8 at byte %1").arg(position));
    }

private:
    bool refuse(const QString &what)
    {
        error = corrupt(what);
        return false;
    }
    bool takeSection()
    {
        m_section = m_key;
        if (m_sections.contains(m_key))
            return refuse(tr("“%1” stands in it twice").arg(m_key.left(80)));
        m_sections.insert(m_key);
        return true;
    }
    bool isTotalSize() const
    {
        return m_depth == 2 && m_section == QLatin1String("metadata") && m_key == QLatin1String("total_size");
    }
    bool value()
    {
        if (m_depth == 0)
            return refuse(tr("it is no object"));
        if (m_section == QLatin1String("weight_map"))
            return refuse(tr("the file of “%1” is no text").arg(m_key.left(80)));
        return true;
    }
    bool deeper()
    {
        if (m_depth >= 2 && m_section == QLatin1String("weight_map"))
            return refuse(tr("the file of “%1” is no text").arg(m_key.left(80)));
        return ++m_depth <= kDeepest || refuse(tr("it is nested more than %1 levels").arg(kDeepest));
    }
    bool addTensor(const QString &file)
    {
        if (m_index.fileOf.contains(m_key))
            return refuse(tr("“%1” stands in it twice").arg(m_key.left(80)));
        if (const Status status = checkShardName(file); !status) {
            error = status.error();
            return false;
        }
        if (!m_files.contains(file)) {
            m_files.insert(file);
            m_index.files.append(file);
        }
        m_index.fileOf.insert(m_key, file);
        return m_files.size() <= kMostShards || refuse(tr("it names more than %1 files").arg(kMostShards));
    }

    ShardIndex &m_index;
    int m_depth = 0;
    QString m_section, m_key;
    QSet<QString> m_sections, m_files;
};

/// Where a download store keeps the bytes of the links in its snapshots.
QString storeOf(const QString &folder) { return QDir(folder).absoluteFilePath(QStringLiteral("../../blobs")); }

bool isInside(const QString &path, const QString &folder)
{
    const QString root = QFileInfo(folder).canonicalFilePath();
    return !root.isEmpty() && path.startsWith(root + QLatin1Char('/'));
}

}  // namespace

Result<ShardIndex> parseShardIndex(QByteArrayView json)
{
    if (json.size() > kLargestIndex)
        return fail(ErrorCode::LimitExceeded, tr("The index of the shards has %1 bytes; at most %2 are read.")
                                                  .arg(json.size()).arg(kLargestIndex));
    ShardIndex index;
    IndexReader reader(index);
    if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader))
        return fail(reader.error);
    if (!reader.hasMap || index.fileOf.isEmpty())
        return fail(corrupt(tr("it has no “weight_map” with tensors")));
    index.files.sort();
    return index;
}

Result<QString> shardPath(const QString &folder, const QString &name)
{
    ATHANOR_TRY(checkShardName(name));
    const QString path = QDir(folder).absoluteFilePath(name);
    const QString canonical = QFileInfo(path).canonicalFilePath();
    if (canonical.isEmpty())
        return fail(ErrorCode::NotFound, tr("The index names “%1”, and there is no such file beside it.").arg(name),
                    tr("Download the missing part of the model; all parts belong into one folder."));
    if (!isInside(canonical, folder) && !isInside(canonical, storeOf(folder)))
        return fail(ErrorCode::InvalidInput, tr("The shard “%1” is a link that leads out of its folder, to “%2”.")
                                                 .arg(name, canonical),
                    tr("Copy the file itself into the folder."));
    return path;
}

}  // namespace athanor::interop
