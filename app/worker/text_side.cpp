#include "app/worker/text_side.h"

#include "app/worker/selftest.h"

#include "core/corpus/curate_handler.h"
#include "core/corpus/reader_process.h"
#include "core/tokenizer/tokenizer_handler.h"
#include "core/tokenizer/trainer_process.h"

namespace athanor::worker {

void addTextSide(job::HandlerTable &handlers)
{
    handlers.add(makeSelftestHandler());
    handlers.add(corpus::makeCurateHandler());
    handlers.add(tokenizer::makeTokenizerHandler());
}

std::optional<int> runHelperProcess(int argc, char **argv)
{
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "--read-document")
        return corpus::runReaderProcess(argc, argv);
    if (first == "--train-tokenizer")
        return tokenizer::runTrainerProcess(argc, argv);
    return std::nullopt;
}

}  // namespace athanor::worker
