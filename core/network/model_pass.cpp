// Role: one pass through a model: encoder, stream and branches, heads, losses.
#include "core/network/model_builder.h"
#include "core/network/observer.h"
#include "core/network/recompute.h"
#include "core/tensor/guard.h"
#include "core/tensor/linear_cross_entropy.h"

#include <QCoreApplication>

namespace athanor::network {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Batch ofIds(const torch::Tensor &ids, const torch::Tensor &targets = {})
{
    Batch batch;
    batch.ids = ids;
    batch.targets = targets;
    return batch;
}

void checkLike(const torch::Tensor &numbers, const torch::Tensor &ids, const char *what)
{
    TORCH_CHECK(!numbers.defined() || (numbers.scalar_type() == at::kLong && numbers.sizes() == ids.sizes()), what,
                " must be int64 and have the shape of the ids");
}

void checkIds(const torch::Tensor &ids)
{
    TORCH_CHECK(ids.dim() == 2 && ids.scalar_type() == at::kLong && ids.numel() > 0, "ids must be (B, T) int64");
}

// On a device a number out of bounds would end the whole process: it is found here, before it gets there.
void checkBelow(const torch::Tensor &numbers, int64_t limit)
{
    if (numbers.defined() && numbers.numel() > 0)
        TORCH_CHECK(numbers.max().item<int64_t>() < limit, "the id ", numbers.max().item<int64_t>(), " is not below the vocabulary ", limit);
}

void checkNotNegative(const torch::Tensor &numbers)
{
    if (numbers.defined() && numbers.numel() > 0)
        TORCH_CHECK(numbers.min().item<int64_t>() >= 0, "the id ", numbers.min().item<int64_t>(), " is negative");
}

torch::Tensor moved(const torch::Tensor &tensor, at::Device device)
{
    return tensor.defined() ? tensor.to(device) : tensor;
}

// (B): how many numbers in front of each row are −1; undefined when none are.
torch::Tensor paddingInFront(const torch::Tensor &segments)
{
    const torch::Tensor padding = segments.lt(0).to(at::kLong).cumprod(1).sum(1);
    return padding.any().item<bool>() ? padding : torch::Tensor();
}

// Rows that were nothing but padding so far may go on with it: prompts are read in pieces.
torch::Tensor goneOn(const torch::Tensor &starts, const torch::Tensor &segments, int64_t position)
{
    const torch::Tensor more = paddingInFront(segments);
    return more.defined() ? torch::where(starts == position, starts + more, starts) : starts;
}

// A parameter or an adapter that wants gradients.
bool learns(const Layer &layer)
{
    const auto wants = [](const auto &named) { return named.second.requires_grad(); };
    const auto isAdapted = [](const Projection *projection) { return !projection->adapters().empty(); };
    return std::any_of(layer.parameters().begin(), layer.parameters().end(), wants)
           || std::any_of(layer.projections().begin(), layer.projections().end(), isAdapted);
}

// What it keeps track of would be counted twice.
bool keepsTrack(const Layer &layer) { return !layer.buffers().empty(); }

}  // namespace

torch::Tensor Model::Step::run(const Steps &steps, torch::Tensor x, Pass &pass, size_t first)
{
    for (size_t index = first; index < steps.size(); ++index) {
        const Step &step = steps[index];
        if (step.layer) {
            x = step.layer->forward(x, pass);
            continue;
        }
        torch::Tensor sum;
        for (const Steps &branch : step.branches) {
            const torch::Tensor y = run(branch, x, pass);
            sum = sum.defined() ? sum + y : y;
        }
        x = sum;
    }
    return x;
}

bool Model::Step::anyLayer(const Steps &steps, bool (*is)(const Layer &))
{
    return std::any_of(steps.begin(), steps.end(), [is](const Step &step) {
        return (step.layer && is(*step.layer))
               || std::any_of(step.branches.begin(), step.branches.end(), [is](const Steps &branch) { return anyLayer(branch, is); });
    });
}

// The sum of stream and branch stays pending until the next layer, which may add and work in one sweep.
Flow Model::runNode(const Node &node, const Flow &flow, Pass &pass)
{
    torch::Tensor stream = flow.stream, y;
    if (flow.pending.defined() && node.steps.front().layer) {
        std::tie(stream, y) = node.steps.front().layer->forwardAfterAdd(stream, flow.pending, pass);
        y = Step::run(node.steps, y, pass, 1);
    } else {
        if (flow.pending.defined())
            stream = stream + flow.pending;
        y = Step::run(node.steps, stream, pass);
    }
    if (pass.training && node.leftOut > 0)
        y = keptRows(y, node.leftOut, {pass.seed, pass.step, node.depthSite});
    if (PassObserver *observer = PassObserver::current())
        observer->stream(node.name, node.residual ? stream + y : y);
    return node.residual ? Flow{stream, y} : Flow{y, {}};
}

Flow Model::runBlock(const Nodes &nodes, size_t begin, size_t end, Flow flow, Pass &pass)
{
    for (size_t index = begin; index < end; ++index)
        flow = runNode(*nodes[index], flow, pass);
    return flow;
}

torch::Tensor Model::runNodes(const Nodes &nodes, const torch::Tensor &ids, Pass &pass) const
{
    const bool mayRecompute = m_recomputedBlocks > 0 && at::GradMode::is_enabled() && !pass.cache;
    Flow flow{ids, {}};
    for (size_t begin = 0, end = 0; begin < nodes.size(); begin = end) {
        const int64_t block = nodes[begin]->block;
        bool anyLearns = false, anyKeepsTrack = false;
        for (end = begin; end < nodes.size() && nodes[end]->block == block; ++end) {
            anyLearns = anyLearns || (mayRecompute && Step::anyLayer(nodes[end]->steps, learns));
            anyKeepsTrack = anyKeepsTrack || (mayRecompute && Step::anyLayer(nodes[end]->steps, keepsTrack));
        }
        const auto run = [&nodes, begin, end](Flow given, Pass &through) { return runBlock(nodes, begin, end, std::move(given), through); };
        const bool isTwice = mayRecompute && block >= 0 && block < m_recomputedBlocks && !anyKeepsTrack;
        flow = isTwice ? recomputed(run, flow, pass, anyLearns) : run(flow, pass);
    }
    return flow.pending.defined() ? flow.stream + flow.pending : flow.stream;
}

torch::Tensor Model::run(const Batch &batch, Pass &pass) const
{
    check(batch, pass);
    pass.device = m_options.device;
    if (!m_encoder.empty())
        encode(batch, pass);
    place(batch, pass);
    return runNodes(m_nodes, moved(batch.ids, pass.device), pass).to(m_options.dtype);
}

// The encoder's result: of this batch, or of the first pass with this cache.
void Model::encode(const Batch &batch, Pass &pass) const
{
    if (!batch.encoderIds.defined()) {
        TORCH_CHECK(pass.cache && pass.cache->encoded.defined(), "the text for the encoder is missing");
        pass.encoded = pass.cache->encoded;
        pass.encodedSegments = pass.cache->encodedSegments;
        return;
    }
    TORCH_CHECK(!pass.cache || pass.position == 0, "the encoder's text can be given at the beginning only");
    Cache *cache = std::exchange(pass.cache, nullptr);
    pass.segments = moved(batch.encoderSegments, pass.device);
    pass.positions = pass.tokenTypes = pass.scoreBias = torch::Tensor();
    pass.encodedSegments = pass.segments;
    pass.encoded = runNodes(m_encoder, moved(batch.encoderIds, pass.device), pass).to(m_options.dtype);
    pass.cache = cache;
    if (cache) {
        cache->encoded = pass.encoded;
        cache->encodedSegments = pass.encodedSegments;
    }
}

// What the batch says about places, for the layers; rows padded in front count their positions behind the padding.
void Model::place(const Batch &batch, Pass &pass) const
{
    pass.segments = moved(batch.segments, pass.device);
    pass.positions = batch.positions.defined() ? moved(batch.positions.contiguous(), pass.device) : torch::Tensor();
    pass.tokenTypes = moved(batch.tokenTypes, pass.device);
    pass.scoreBias = torch::Tensor();
    if (!pass.cache)
        return;
    if (pass.position == 0)
        pass.cache->starts = batch.segments.defined() ? paddingInFront(batch.segments) : torch::Tensor();
    else if (batch.segments.defined() && pass.cache->starts.defined())
        pass.cache->starts = goneOn(pass.cache->starts, batch.segments, pass.position);
    if (pass.cache->starts.defined() && !pass.positions.defined()) {
        const torch::Tensor places = torch::arange(pass.position, pass.position + batch.ids.size(1), at::kLong);
        pass.positions = moved((places.unsqueeze(0) - pass.cache->starts.unsqueeze(1)).clamp_min(0).contiguous(), pass.device);
    }
}

void Model::check(const Batch &batch, const Pass &pass) const
{
    checkIds(batch.ids);
    if (!m_options.device.is_cpu()) {
        for (const torch::Tensor &numbers : {batch.ids, batch.targets, batch.encoderIds})
            checkBelow(numbers, m_dimensions.vocabulary);
        for (const torch::Tensor &numbers : {batch.ids, batch.encoderIds, batch.tokenTypes})
            checkNotNegative(numbers);
    }
    checkLike(batch.targets, batch.ids, "targets");
    checkLike(batch.segments, batch.ids, "segments");
    checkLike(batch.positions, batch.ids, "positions");
    checkLike(batch.tokenTypes, batch.ids, "token types");
    TORCH_CHECK(pass.position + batch.ids.size(1) <= m_dimensions.context, "the text has more than the model's ",
                m_dimensions.context, " tokens of context");
    if (batch.positions.defined())
        TORCH_CHECK(batch.positions.min().item<int64_t>() >= 0
                        && batch.positions.max().item<int64_t>() < m_dimensions.context,
                    "a position lies outside the model's ", m_dimensions.context, " tokens of context");
    if (pass.cache)
        TORCH_CHECK(pass.cache->batch() == batch.ids.size(0)
                        && pass.position + batch.ids.size(1) <= pass.cache->capacity(),
                    "the cache does not fit these ids");
    if (!batch.encoderIds.defined())
        return;
    checkIds(batch.encoderIds);
    checkLike(batch.encoderSegments, batch.encoderIds, "the encoder's segments");
    TORCH_CHECK(!m_encoder.empty() && batch.encoderIds.size(0) == batch.ids.size(0)
                    && batch.encoderIds.size(1) <= m_dimensions.context,
                "the model has no encoder, or its text does not fit");
}

torch::Tensor Model::headInput(const torch::Tensor &x, Pass &pass) const
{
    TORCH_CHECK(m_head, "the model has no head for tokens");
    return Step::run(m_beforeHead, x, pass).to(m_options.dtype);
}

Result<torch::Tensor> Model::hidden(const Batch &batch, Pass &pass)
{
    return tensor::guarded(tr("running the model"), [&] { return run(batch, pass); });
}

Result<torch::Tensor> Model::logits(const Batch &batch, Cache *cache)
{
    return tensor::guarded(tr("running the model"), [&] {
        torch::NoGradGuard noGradients;
        Pass pass;
        pass.cache = cache;
        pass.position = cache ? cache->position() : 0;
        const torch::Tensor x = headInput(run(batch, pass), pass);  // (B, T, C)
        torch::Tensor y = m_head->forward(x, pass).to(at::kFloat).cpu();
        if (cache)
            cache->advance(batch.ids.size(1));
        return y;
    });
}

Result<torch::Tensor> Model::lastLogits(const Batch &batch, Cache &cache)
{
    return tensor::guarded(tr("running the model"), [&] {
        torch::NoGradGuard noGradients;
        Pass pass;
        pass.cache = &cache;
        pass.position = cache.position();
        const torch::Tensor last = run(batch, pass).select(1, batch.ids.size(1) - 1).contiguous();  // (B, C)
        const torch::Tensor x = headInput(last, pass);
        torch::Tensor y = m_head->forward(x, pass).to(at::kFloat).cpu();
        cache.advance(batch.ids.size(1));
        return y;
    });
}

Result<torch::Tensor> Model::targetLogits(const Batch &batch)
{
    return tensor::guarded(tr("running the model"), [&] {
        torch::NoGradGuard noGradients;
        Pass pass;
        const torch::Tensor counted = moved(batch.targets.flatten().ge(0).nonzero().flatten(), m_options.device);
        const torch::Tensor rows = run(batch, pass).flatten(0, 1).index_select(0, counted);  // (N, C)
        const torch::Tensor x = headInput(rows, pass);
        return m_head->forward(x, pass).to(at::kFloat).cpu();
    });
}

Result<torch::Tensor> Model::labelLogits(const Batch &batch)
{
    return tensor::guarded(tr("running the model"), [&] {
        torch::NoGradGuard noGradients;
        TORCH_CHECK(!m_labelHead.empty(), "the model has no head for labels");
        Pass pass;
        return Step::run(m_labelHead, run(batch, pass), pass).to(at::kFloat).cpu();
    });
}

// Where most tokens are not counted (masked tokens, answers), only those that are go through the head.
tensor::LossPair Model::tokenLoss(const torch::Tensor &x, const torch::Tensor &targets, Pass &pass) const
{
    torch::Tensor rows = x.flatten(0, 1), wanted = targets.flatten();
    const torch::Tensor counted = wanted.ge(0).nonzero().flatten();
    if (counted.numel() > 0 && 2 * counted.numel() <= wanted.numel()) {
        rows = rows.index_select(0, moved(counted, x.device()));
        wanted = wanted.index_select(0, counted);
    }
    const torch::Tensor input = headInput(rows, pass);  // first: a model without this head ends here
    return tensor::regularisedCrossEntropy(input, m_head->headWeight(), moved(wanted, x.device()), m_head->headBias(),
                                           pass.training ? m_regularisation.terms : tensor::LossTerms());
}

tensor::LossPair Model::labelLoss(const torch::Tensor &x, const torch::Tensor &labels, Pass &pass) const
{
    TORCH_CHECK(!m_labelHead.empty(), "the model has no head for labels");
    TORCH_CHECK(labels.scalar_type() == at::kLong && labels.dim() == 1 && labels.size(0) == x.size(0),
                "labels must be (B) int64");
    const torch::Tensor logits = Step::run(m_labelHead, x, pass).to(at::kFloat);  // (B, K)
    return labelCrossEntropy(logits, labels, pass.training ? m_regularisation : Regularisation());
}

Result<tensor::LossPair> Model::losses(const Batch &batch, Pass &pass)
{
    return tensor::guarded(tr("running the model"), [&]() -> tensor::LossPair {
        TORCH_CHECK(batch.targets.defined() || batch.labels.defined(), "nothing says what the model should answer");
        const torch::Tensor x = run(batch, pass);
        if (!batch.labels.defined())
            return tokenLoss(x, batch.targets, pass);
        const tensor::LossPair labels = labelLoss(x, batch.labels, pass);
        if (!batch.targets.defined())
            return labels;
        const tensor::LossPair tokens = tokenLoss(x, batch.targets, pass);
        return {tokens.objective + labels.objective, tokens.plain + labels.plain};
    });
}

Result<torch::Tensor> Model::loss(const Batch &batch, Pass &pass)
{
    ATHANOR_ASSIGN(const tensor::LossPair both, losses(batch, pass));
    return both.objective;
}

Result<torch::Tensor> Model::perTokenLoss(const Batch &batch)
{
    return tensor::guarded(tr("evaluating the model"), [&] {
        torch::NoGradGuard noGradients;
        TORCH_CHECK(batch.targets.defined(), "nothing says what the model should answer");
        Pass pass;
        const torch::Tensor x = headInput(run(batch, pass).flatten(0, 1), pass);
        const torch::Tensor targets = moved(batch.targets.flatten(), m_options.device);
        return tensor::perTokenCrossEntropy(x, m_head->headWeight(), targets, m_head->headBias()).view(batch.targets.sizes()).cpu();
    });
}

Result<torch::Tensor> Model::hidden(const torch::Tensor &ids, Pass &pass) { return hidden(ofIds(ids), pass); }
Result<torch::Tensor> Model::logits(const torch::Tensor &ids, Cache *cache) { return logits(ofIds(ids), cache); }
Result<torch::Tensor> Model::lastLogits(const torch::Tensor &ids, Cache &cache) { return lastLogits(ofIds(ids), cache); }
Result<torch::Tensor> Model::loss(const torch::Tensor &ids, const torch::Tensor &targets, Pass &pass)
{
    return loss(ofIds(ids, targets), pass);
}
Result<torch::Tensor> Model::perTokenLoss(const torch::Tensor &ids, const torch::Tensor &targets)
{
    return perTokenLoss(ofIds(ids, targets));
}

}  // namespace athanor::network
