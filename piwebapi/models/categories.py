"""Categories of elements (and event frames), attributes, analyses and tables."""

from __future__ import annotations

from django.db import models

from .base import InDatabase


class CategoryBase(InDatabase):
    class Meta:
        abstract = True
        ordering = ["name_key"]
        verbose_name_plural = "%(class)ss"


class ElementCategory(CategoryBase):
    KIND = "ElementCategory"
    COLLECTION = "CategoriesElement"

    class Meta(CategoryBase.Meta):
        verbose_name_plural = "element categories"
        constraints = [models.UniqueConstraint("database", "name_key", name="element_category_name")]


class AttributeCategory(CategoryBase):
    KIND = "AttributeCategory"
    COLLECTION = "CategoriesAttribute"

    class Meta(CategoryBase.Meta):
        verbose_name_plural = "attribute categories"
        constraints = [models.UniqueConstraint("database", "name_key", name="attribute_category_name")]


class AnalysisCategory(CategoryBase):
    KIND = "AnalysisCategory"
    COLLECTION = "CategoriesAnalysis"

    class Meta(CategoryBase.Meta):
        verbose_name_plural = "analysis categories"
        constraints = [models.UniqueConstraint("database", "name_key", name="analysis_category_name")]


class TableCategory(CategoryBase):
    KIND = "TableCategory"
    COLLECTION = "CategoriesTable"

    class Meta(CategoryBase.Meta):
        verbose_name_plural = "table categories"
        constraints = [models.UniqueConstraint("database", "name_key", name="table_category_name")]
