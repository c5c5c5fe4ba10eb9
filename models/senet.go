package models

// SE-ResNet (Hu et al. 2017, arXiv 1709.01507): a ResNet whose blocks scale their channels by
// squeeze-and-excitation before the skip connection is added.
//
// Parameter names: those of ResNet with layer1.0.se.fc1 and .fc2 (timm's seresnet), or
// layer1.0.se_module.fc1 and .fc2 and layer0.conv1 for the stem (timm's legacy_seresnet).
var senet = family{
	variants:  residualVariants(true),
	recognise: func(src Source) any { return recogniseResidual(src, true) },
	build:     buildResidual,
	custom:    "se-resnet-custom", customTitle: "SE-ResNet",
}
