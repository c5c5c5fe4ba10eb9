// Package rounding rounds the weights of a network to int8 so that its pack, once it is entropy
// coded, takes as few bytes as are asked for and answers as much as the network did as those allow.
//
// Of each layer it needs the covariance of what the layer's weights are multiplied by, on
// calibration photos. A row of weights is rounded one after the other; what rounding one does to
// the outputs is taken back by those that are still to come, as far as they can: optimal brain
// surgeon (Hassibi and Stork 1993), in the order of GPTQ (Frantar et al. 2022, arXiv 2210.17323,
// section 3). Among the levels near a weight that one is taken which weighs least in error and bits
// together (arXiv 2505.18758), the bits being those that the level takes in a code of the rows
// alike. The steps of the layers follow from how much the outputs of the network move where one
// layer alone is rounded.
package rounding
