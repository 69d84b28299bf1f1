// The vocabulary as a table: id, piece, bytes. Role: rows are made when shown, so that 200,000 entries cost nothing.
// Thread: the window's.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QAbstractTableModel>

namespace athanor::pages {

class ATHANOR_EXPORT VocabularyModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Id, Piece, Bytes, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;

    void setTokenizer(std::shared_ptr<const tokenizer::Tokenizer> tokenizer);
    /// Shows only pieces that contain `text`; a number also finds the id. Empty shows all.
    void setSearch(const QString &text);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    tokenizer::TokenId idAt(int row) const;
    std::shared_ptr<const tokenizer::Tokenizer> m_tokenizer;
    std::vector<tokenizer::TokenId> m_found;
    bool m_searching = false;
};

}  // namespace athanor::pages
