#include "core/corpus/reader_choice.h"

#include "core/corpus/byte_stream.h"

#include <QFileInfo>

namespace athanor::corpus {

ReaderChoice::ReaderChoice(const plugin::Catalogue &catalogue, ReadAs as)
{
    const QLatin1String extensions(as == ReadAs::Records ? "record_extensions" : "extensions");
    for (const plugin::Metadata *reader : catalogue.ofKind(QStringLiteral("reader"))) {
        for (const QJsonValue &extension : reader->all.value(extensions).toArray())
            if (!m_byExtension.contains(extension.toString()))
                m_byExtension.insert(extension.toString(), reader);
        if (as == ReadAs::Records)
            continue;
        for (const QJsonValue &magic : reader->all.value(QLatin1String("magic")).toArray())
            m_magic.append({QByteArray::fromHex(magic.toString().toLatin1()), reader});
        if (!m_plainText && reader->all.value(QLatin1String("sniff_text")).toBool())
            m_plainText = reader;
    }
}

const plugin::Metadata *ReaderChoice::byName(const QString &path) const
{
    return m_byExtension.value(extensionOf(path));
}

const plugin::Metadata *ReaderChoice::byContent(QByteArrayView head) const
{
    for (const Magic &magic : m_magic)
        if (!magic.bytes.isEmpty() && head.startsWith(magic.bytes))
            return magic.reader;
    return nullptr;
}

QString extensionOf(const QString &path)
{
    return QFileInfo(withoutCompression(path)).suffix().toLower();
}

}  // namespace athanor::corpus
