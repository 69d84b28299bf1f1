// Which reader takes which file: by extension, then by first bytes, then (for files that a person named) as text.
// Thread: made on one thread, then const.
#pragma once

#include "core/corpus/reader.h"
#include "core/plugin/catalogue.h"

#include <QHash>

namespace athanor::corpus {

class ATHANOR_EXPORT ReaderChoice {
public:
    explicit ReaderChoice(const plugin::Catalogue &catalogue, ReadAs as = ReadAs::Texts);

    /// Empty when no reader takes it. `head`: the first bytes, decompressed; asked for only when the name does not tell.
    const plugin::Metadata *byName(const QString &path) const;
    const plugin::Metadata *byContent(QByteArrayView head) const;
    const plugin::Metadata *forPlainText() const { return m_plainText; }

    QStringList extensions() const { return m_byExtension.keys(); }

private:
    struct Magic {
        QByteArray bytes;
        const plugin::Metadata *reader;
    };
    QHash<QString, const plugin::Metadata *> m_byExtension;
    QList<Magic> m_magic;
    const plugin::Metadata *m_plainText = nullptr;
};

/// "html" of "a/b.HTML.gz"; empty when there is none.
ATHANOR_EXPORT QString extensionOf(const QString &path);

}  // namespace athanor::corpus
