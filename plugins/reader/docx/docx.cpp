#include "plugins/reader/docx/docx.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QFile>

#include <archive.h>
#include <archive_entry.h>

namespace athanor::corpus {

namespace {

constexpr int kMostEntries = 10000;
constexpr qint64 kLargestXml = qint64(256) << 20;
constexpr qint64 kHighestRatio = 200;
constexpr qint64 kRatioFrom = qint64(8) << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

using Archive = std::unique_ptr<archive, int (*)(archive *)>;

QByteArray headOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(8) : QByteArray();
}

/// The table of contents of a zip file stands at its end: where it is missing, the end is.
bool hasEnd(const QString &file)
{
    QFile raw(file);
    if (!raw.open(QIODevice::ReadOnly))
        return false;
    raw.seek(std::max<qint64>(0, raw.size() - 66000));
    return raw.readAll().contains("PK\x05\x06");
}

Error brokenArchive(archive *handle)
{
    return problem(QStringLiteral("broken"), tr("The document is damaged: %1.").arg(QString::fromUtf8(archive_error_string(handle))),
                   tr("Save it again from the program that made it."));
}

bool climbs(QByteArrayView name)
{
    const QByteArray slashes = name.toByteArray().replace('\\', '/');
    return slashes.startsWith('/') || slashes == ".." || slashes.startsWith("../") || slashes.contains("/../") || slashes.endsWith("/..");
}

Result<QByteArray> entryBytes(archive *handle, const QString &file)
{
    const qint64 packed = QFile(file).size();
    QByteArray all, piece(256 << 10, Qt::Uninitialized);
    for (;;) {
        const la_ssize_t count = archive_read_data(handle, piece.data(), static_cast<size_t>(piece.size()));
        if (count < 0)
            return fail(brokenArchive(handle));
        if (count == 0)
            return all;
        all.append(piece.constData(), count);
        if (all.size() > kLargestXml || (all.size() > kRatioFrom && all.size() / kHighestRatio > packed))
            return fail(problem(QStringLiteral("bomb"), tr("The document expands to more than %1 from %2.").arg(formatBytes(all.size()), formatBytes(packed)),
                                tr("Do not open it unless you know where it comes from.")));
    }
}

Status checkEntry(archive_entry *entry)
{
    if (archive_entry_is_encrypted(entry))
        return fail(problem(QStringLiteral("encrypted"), tr("The document is protected by a password."), tr("Save it without a password, then try again.")));
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name)
        name = archive_entry_pathname(entry);
    if (name && climbs(name))
        return fail(problem(QStringLiteral("broken"), tr("The document holds an entry that climbs out of its folder (“%1”).").arg(QString::fromUtf8(name).left(80)),
                            tr("Do not open it unless you know where it comes from.")));
    return {};
}

}  // namespace

Result<QByteArray> documentXml(const QString &file)
{
    const QByteArray head = headOf(file);
    if (head.startsWith("\xd0\xcf\x11\xe0"))  // an OLE container: what Word makes of a document with a password
        return fail(problem(QStringLiteral("encrypted"), tr("The document is protected by a password, or in the old doc format."),
                            tr("Save it as docx without a password, then try again.")));
    if (!head.startsWith("PK"))
        return fail(problem(QStringLiteral("format"), tr("It is not a docx file, although its name says so.")));
    if (!hasEnd(file))
        return fail(problem(QStringLiteral("truncated"), tr("The document is cut off: its end is missing."), tr("Copy or download it again.")));
    const Archive handle(archive_read_new(), &archive_read_free);
    archive_read_support_format_zip(handle.get());
    if (archive_read_open_filename(handle.get(), QFile::encodeName(file).constData(), 1 << 16) != ARCHIVE_OK)
        return fail(brokenArchive(handle.get()));
    QByteArray found;
    bool isFound = false;
    archive_entry *entry = nullptr;
    int count = 0;
    for (int code = archive_read_next_header(handle.get(), &entry); code != ARCHIVE_EOF; code = archive_read_next_header(handle.get(), &entry)) {
        if (code < ARCHIVE_WARN)
            return fail(brokenArchive(handle.get()));
        if (++count > kMostEntries)
            return fail(problem(QStringLiteral("bomb"), tr("The document has more than %1 entries.").arg(kMostEntries)));
        ATHANOR_TRY(checkEntry(entry));
        const char *name = archive_entry_pathname(entry);
        if (isFound || !name || qstrcmp(name, "word/document.xml") != 0)
            continue;
        ATHANOR_ASSIGN(found, entryBytes(handle.get(), file));
        isFound = true;
    }
    if (!isFound)
        return fail(problem(QStringLiteral("format"), tr("It is an archive without a Word document in it.")));
    return found;
}

Status DocxReader::read(const ReadRequest &request, ReadSink &sink) const
{
    ATHANOR_ASSIGN(const QByteArray xml, documentXml(request.file));
    ReadDocument document;
    ATHANOR_ASSIGN(document.text, wordText(xml));
    return sink.document(std::move(document));
}

}  // namespace athanor::corpus
