#include "ui/pages/tokenizer/vocabulary_model.h"

#include "ui/pages/tokenizer/token_segments.h"

namespace athanor::pages {

namespace {

/// Control tokens and single bytes by their names ("</s>", "<0x0A>"), everything else as it stands in text.
QString pieceText(const QString &name, const QByteArray &bytes)
{
    const bool isNamed = name.size() > 2 && name.startsWith(QLatin1Char('<')) && name.endsWith(QLatin1Char('>'));
    return bytes.isEmpty() || isNamed ? name : bytesText(bytes);
}

}  // namespace

void VocabularyModel::setTokenizer(std::shared_ptr<const tokenizer::Tokenizer> tokenizer)
{
    beginResetModel();
    m_tokenizer = std::move(tokenizer);
    m_found.clear();
    m_searching = false;
    endResetModel();
}

void VocabularyModel::setSearch(const QString &text)
{
    beginResetModel();
    m_found.clear();
    m_searching = !text.isEmpty() && m_tokenizer;
    if (m_searching) {
        const QByteArray wanted = text.toUtf8();
        bool isNumber = false;
        const int number = text.toInt(&isNumber);
        for (tokenizer::TokenId id = 0; id < m_tokenizer->vocabularySize(); ++id)
            if ((isNumber && id == number) || m_tokenizer->tokenBytes(id).contains(wanted) || m_tokenizer->tokenText(id).contains(text))
                m_found.push_back(id);
    }
    endResetModel();
}

tokenizer::TokenId VocabularyModel::idAt(int row) const
{
    return m_searching ? m_found[size_t(row)] : row;
}

int VocabularyModel::rowCount(const QModelIndex &parent) const
{
    if (parent.isValid() || !m_tokenizer)
        return 0;
    return m_searching ? int(m_found.size()) : m_tokenizer->vocabularySize();
}

int VocabularyModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant VocabularyModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const tokenizer::TokenId id = idAt(index.row());
    if (role == Qt::TextAlignmentRole)
        return int((index.column() == Piece ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const QByteArray bytes = m_tokenizer->tokenBytes(id);
    switch (index.column()) {
    case Id: return id;
    case Piece: return pieceText(m_tokenizer->tokenText(id), bytes);
    case Bytes: return int(bytes.size());
    default: return {};
    }
}

QVariant VocabularyModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole)
        return int((section == Piece ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Id: return tr("Id");
    case Piece: return tr("Piece");
    case Bytes: return tr("Bytes");
    default: return {};
    }
}

}  // namespace athanor::pages
